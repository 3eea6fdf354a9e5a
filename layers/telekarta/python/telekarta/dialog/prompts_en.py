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
    "top_up_menu": "From another card, press one. With a Plus voucher, press two. To go back, press zero.",
    "ask_amount_to_take": (
        "How many zlotys shall we move to this card? Enter whole zlotys, then hash. Two zeros and hash is all of it, one zero is the menu."
    ),
    "ask_card_to_take_from": (
        "To confirm, enter the six digits of the number and the eight digits of the PIN of the White Phone card "
        "that gives the money, or the twelve digits of a Telegrosik PIN, then hash. "
        "Money that was moved can't be refunded later. Zero and hash is the menu."
    ),
    "codes_have_fourteen_or_twelve_digits": "Number and PIN of a White Phone card are fourteen digits together, a Telegrosik PIN is twelve.",
    "money_moved_here": "Moved to this card: {moved:money}.",
    "same_card": "That is the same card. Please enter another one.",
    "not_enough_to_move": "There is not enough money for that. The least is one zloty.",
    "own_card_takes_none": "This card can't take money any more. Please contact customer service.",
    "amount_has_at_most_four_digits": "Please enter whole zlotys, at most four digits.",
    "ask_voucher": "Please enter the fourteen digits of the Plus voucher. Zero and hash is the menu.",
    "voucher_has_fourteen_digits": "A voucher code has fourteen digits.",
    "voucher_credited": "The card was topped up with: {moved:money}.",
    "with_bonus": "Bonus: {bonus:money}.",
    "voucher_unknown": "There is no such code. Please check the digits.",
    "voucher_used": "This code was used already.",
    "voucher_expired": "This code has expired.",
    "voucher_later": (
        "Plus does not answer now. If the code was taken, the money comes to the card by itself. "
        "If it is not there in ten minutes, please enter the code again."
    ),
    "ask_amount_to_give": (
        "How many zlotys shall we move to another card? Enter whole zlotys, then hash. Two zeros and hash is all of it, one zero is the menu."
    ),
    "ask_card_to_give_to": "Please enter the ten digits of the serial number of the Telegrosik card that shall get it.",
    "serial_has_ten_digits": "A serial number has ten digits.",
    "no_such_card": "There is no card with this serial number.",
    "other_card_takes_none": "That card can't take money any more.",
    "gift_quote": "To be moved: {moved:money}. The fee: {fee:money}.",
    "ask_confirm_gift": "To confirm, press one. To leave it, press two. Zero is the menu.",
    "gift_moved": "Moved: {moved:money}. The fee: {fee:money}.",
    "nothing_moved": "Nothing was moved.",
    "menu_balance": "For your balance, press one.",
    "menu_repeat": "To enter a number, press two.",
    "menu_language": "For the language, język, press three.",
    "menu_slower": "For slower speech, press four.",
    "menu_faster": "For normal speech, press four.",
    "menu_puk": "For the PUK code, press five.",
    "menu_top_up": "To top up the card, press six.",
    "menu_give": "To move money to another card, press six.",
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
