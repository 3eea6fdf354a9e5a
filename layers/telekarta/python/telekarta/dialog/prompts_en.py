"""What callers hear in English: the same keys, the same values, the same tone."""

PROMPTS = {
    "welcome_white_phone": "Welcome to White Phone.",
    "welcome_telegrosik": "Welcome to Telegrosik.",
    "ask_card_number": "Please enter your six-digit card number.",
    "ask_card_pin": "Please enter your eight-digit PIN. To change the card number, press star.",
    "ask_pin": "Please enter your card's twelve-digit PIN.",
    "ask_destination": (
        "Please enter the telephone number, then press hash. "
        "If you make a mistake, press star and start the number again. Zero and hash is the menu."
    ),
    "ask_destination_or_pin": (
        "Please enter the telephone number, then press hash. "
        "To top up your account, enter a card's PIN. "
        "If you make a mistake, press star and start the number again. Zero and hash is the menu."
    ),
    "ask_open_account": (
        "This telephone number has no Telegrosik account yet. "
        "To open one, press one. To leave it, press two. Zero is the menu."
    ),
    "ask_pin_to_load": "To top up your account, please enter the twelve-digit PIN of a Telegrosik card.",
    "ask_language": "Po polsku: jeden. For English, press two. To go back, press zero.",
    "ask_current_puk": "Please enter your present eight-digit PUK.",
    "ask_new_puk": "Please enter a new PUK: eight digits, easy to remember and hard to guess.",
    "ask_puk_again": "Please enter the new PUK once more.",
    "card_balance": "Your card holds {amount:money}.",
    "account_balance": "Your account holds {amount:money}.",
    "balance_left": "You have {amount:money} left.",
    "time_left": "You can talk for {left_s:duration}.",
    "connecting": "Connecting you now.",
    "call_cost": "The call cost {cost:money}.",
    "call_ended": "The call has ended. You will be charged for its actual length.",
    "busy": "The number is busy. You were not charged.",
    "no_answer": "Nobody is answering. You were not charged.",
    "wrong_number": "We could not reach that number. Please check that it is right. You were not charged.",
    "emergency_number": (
        "A card can't be used to call emergency numbers. "
        "In an emergency, dial one one two directly from a telephone, or alert an officer if you are in custody."
    ),
    "short_number": "A card can't be used to call short numbers. Please enter the full number.",
    "information_line": (
        "A card can't be used to call information lines. "
        "You can register your bank's line with customer service: open the menu, then press nine."
    ),
    "premium_number": "A card can't be used to call premium-rate numbers.",
    "shared_cost_number": "A card can't be used to call shared-cost numbers, which begin with eight zero one.",
    "satellite_number": "A card can't be used to call satellite telephones.",
    "unpriced_destination": "This destination is not in our price list, so we can't connect you.",
    "blocked_number": "This number is blocked because it was used for fraud. We can't connect you.",
    "international_only_here": (
        "This access number connects calls abroad only. "
        "To call within Poland, please dial eight hundred, nine zero one, nine hundred."
    ),
    "no_such_number": "There is no such number. Please enter the number again.",
    "number_too_short": "The number is too short. Please enter the number again.",
    "own_number": "That is our own access number. Please enter the number of the person you want to reach.",
    "too_little_for_this_number": "There is not enough money for this call. You have {amount:money}.",
    "card_number_has_six_digits": "A card number has six digits.",
    "card_pin_has_eight_digits": "A PIN has eight digits.",
    "pin_has_twelve_digits": "A PIN has twelve digits and does not begin with zero.",
    "puk_has_eight_digits": "A PUK has eight digits.",
    "wrong_card_or_pin": "The card number or the PIN is wrong.",
    "wrong_pin": "The PIN is wrong.",
    "wrong_puk": "The PUK is wrong.",
    "too_many_wrong_codes": "The code was wrong several times. For your safety we are ending the call.",
    "paused": "There were too many wrong tries. Please call again in {minutes:minutes}.",
    "puk_paused": "There were too many wrong tries. You can change the PUK in {minutes:minutes}.",
    "puk_too_simple": "That PUK is too easy to guess.",
    "puks_differ": "The two codes are different.",
    "puk_set": "The PUK is set.",
    "puk_not_changed": "The PUK was not changed.",
    "card_blocked": "This card is blocked. Please contact customer service.",
    "card_used_up": "This card has been used up.",
    "card_expired": "This card has expired. Please contact customer service.",
    "card_in_a_call": "This card is being used in another call. Please call when it has ended.",
    "below_minimum": "That is too little for a call. The least you need is {minimum:money}. Please top up the card.",
    "account_blocked": "This account is blocked. Please contact customer service.",
    "account_expired": (
        "This account is inactive because it was not used for twelve months. Please contact customer service."
    ),
    "account_in_a_call": "This account is being used in another call. Please call when it has ended.",
    "account_needs_clip": "To open an account, please call from a telephone that shows its number.",
    "account_exists": "This telephone number already has a Telegrosik account.",
    "account_opened": "Your account is open.",
    "account_not_opened": "No account was opened.",
    "load_account_first": "That is too little for a call. Please top up your account by entering a card's PIN.",
    "card_moved": "{moved:money} were moved to your account. The card can't be used any more.",
    "call_access_number": (
        "To call from your account, dial eight hundred, nine zero one, nine hundred from a landline, "
        "or two two, three three zero, one nine, zero zero from a mobile."
    ),
    "menu_balance": "For your balance, press one.",
    "menu_repeat": "To enter a number, press two.",
    "menu_language": "For the language, język, press three.",
    "menu_slower": "For slower speech, press four.",
    "menu_faster": "For normal speech, press four.",
    "menu_puk": "For the PUK code, press five.",
    "menu_help": "For customer service, press nine.",
    "menu_back": "To go back, press zero.",
    "remembered": "We will remember that.",
    "connecting_help": "Connecting you to customer service. This call is not charged to your card.",
    "help_line_busy": "Customer service is not answering at the moment. Please try later.",
    "heard_nothing": "We heard no keys.",
    "no_such_option": "There is no such option.",
    "call_again": "That did not work. Please call again.",
    "not_in_service": "The number you dialled is not in service.",
    "apology": "We are sorry, something went wrong on our side. You are not charged for it. Please call again in a moment.",
    "goodbye": "Goodbye.",
}
