"""What callers hear in Polish. Short sentences, the thing first, then the key to press for it."""

PROMPTS = {
    # first words
    "welcome_white_phone": "Witamy w White Phone.",
    "welcome_telegrosik": "Witamy w Telegrosiku.",
    # asking
    "ask_card_number": "Proszę podać sześciocyfrowy numer karty.",
    "ask_card_pin": "Proszę podać ośmiocyfrowy PIN. Aby zmienić numer karty, proszę nacisnąć gwiazdkę.",
    "ask_pin": "Proszę podać dwunastocyfrowy PIN karty.",
    "ask_destination": (
        "Proszę wybrać numer telefonu i nacisnąć krzyżyk. "
        "Po pomyłce proszę nacisnąć gwiazdkę i wybrać numer od nowa. Zero i krzyżyk to menu."
    ),
    "ask_destination_or_pin": (
        "Proszę wybrać numer telefonu i nacisnąć krzyżyk. "
        "Aby doładować konto, proszę podać PIN karty. "
        "Po pomyłce proszę nacisnąć gwiazdkę i wybrać numer od nowa. Zero i krzyżyk to menu."
    ),
    "ask_open_account": (
        "Ten numer telefonu nie ma jeszcze konta Telegrosik. "
        "Aby założyć konto, proszę nacisnąć jeden. Aby zrezygnować, proszę nacisnąć dwa. Zero to menu."
    ),
    "ask_pin_to_load": "Aby doładować konto, proszę podać dwunastocyfrowy PIN karty Telegrosik.",
    "ask_language": "Po polsku: jeden. For English, press two. Powrót: zero.",
    "ask_current_puk": "Proszę podać obecny, ośmiocyfrowy PUK.",
    "ask_new_puk": "Proszę podać nowy PUK: osiem cyfr, które łatwo zapamiętać, a trudno zgadnąć.",
    "ask_puk_again": "Proszę podać nowy PUK jeszcze raz.",
    # balances
    "card_balance": "Na karcie: {amount:money}.",
    "account_balance": "Na koncie: {amount:money}.",
    "balance_left": "Pozostało: {amount:money}.",
    # the call
    "time_left": "Czas na rozmowę: {left_s:duration}.",
    "connecting": "Łączymy.",
    "call_cost": "Koszt rozmowy: {cost:money}.",
    "call_ended": "Rozmowa została zakończona. Opłatę naliczymy według jej rzeczywistego czasu.",
    "busy": "Numer jest zajęty. Połączenie nic nie kosztowało.",
    "no_answer": "Nikt nie odbiera. Połączenie nic nie kosztowało.",
    "wrong_number": "Nie udało się połączyć z tym numerem. Proszę sprawdzić, czy jest właściwy. Nic to nie kosztowało.",
    # a number that is not connected
    "emergency_number": (
        "Z karty nie można zadzwonić na numery alarmowe. "
        "W razie zagrożenia proszę zadzwonić pod sto dwanaście wprost z telefonu, a w jednostce wezwać funkcjonariusza."
    ),
    "short_number": "Z karty nie można zadzwonić na numery skrócone. Proszę wybrać pełny numer.",
    "information_line": (
        "Z karty nie można zadzwonić na infolinie. "
        "Infolinię banku można zgłosić w biurze obsługi klienta: menu, a potem dziewięć."
    ),
    "premium_number": "Z karty nie można zadzwonić na numery o podwyższonej opłacie.",
    "shared_cost_number": "Z karty nie można zadzwonić na numery o podzielonej opłacie, zaczynające się na osiemset jeden.",
    "satellite_number": "Z karty nie można zadzwonić na telefony satelitarne.",
    "unpriced_destination": "Tego kierunku nie ma w cenniku, dlatego nie możemy połączyć.",
    "blocked_number": "Ten numer jest zablokowany, bo był używany do nadużyć. Nie możemy połączyć.",
    "international_only_here": (
        "Pod tym numerem dostępowym łączymy tylko za granicę. "
        "Aby zadzwonić w Polsce, proszę wybrać numer osiemset, dziewięćset jeden, dziewięćset."
    ),
    "no_such_number": "Nie ma takiego numeru. Proszę wybrać numer jeszcze raz.",
    "number_too_short": "Numer jest za krótki. Proszę wybrać numer jeszcze raz.",
    "own_number": "To jest nasz własny numer dostępowy. Proszę wybrać numer osoby, z którą mamy połączyć.",
    "too_little_for_this_number": "To za mało na rozmowę z tym numerem. Dostępne środki: {amount:money}.",
    # codes
    "card_number_has_six_digits": "Numer karty ma sześć cyfr.",
    "card_pin_has_eight_digits": "PIN ma osiem cyfr.",
    "pin_has_twelve_digits": "PIN ma dwanaście cyfr i nie zaczyna się od zera.",
    "puk_has_eight_digits": "PUK ma osiem cyfr.",
    "wrong_card_or_pin": "Numer karty albo PIN jest błędny.",
    "wrong_pin": "PIN jest błędny.",
    "wrong_puk": "PUK jest błędny.",
    "too_many_wrong_codes": "Kod był błędny kilka razy. Dla bezpieczeństwa kończymy połączenie.",
    "paused": "Było zbyt wiele błędnych prób. Proszę zadzwonić ponownie za {minutes:minutes(accusative)}.",
    "puk_paused": "Było zbyt wiele błędnych prób. PUK można zmienić za {minutes:minutes(accusative)}.",
    "puk_too_simple": "Taki PUK zbyt łatwo zgadnąć.",
    "puks_differ": "Podane kody się różnią.",
    "puk_set": "PUK został ustawiony.",
    "puk_not_changed": "PUK pozostaje bez zmian.",
    # cards and accounts that can't be used
    "card_blocked": "Ta karta jest zablokowana. Proszę skontaktować się z biurem obsługi klienta.",
    "card_used_up": "Ta karta została już wykorzystana.",
    "card_expired": "Ważność tej karty się skończyła. Proszę skontaktować się z biurem obsługi klienta.",
    "card_in_a_call": "Z tej karty trwa teraz inna rozmowa. Proszę zadzwonić po jej zakończeniu.",
    "below_minimum": "To za mało na rozmowę. Najmniejsza potrzebna kwota: {minimum:money}. Prosimy doładować kartę.",
    "account_blocked": "To konto jest zablokowane. Proszę skontaktować się z biurem obsługi klienta.",
    "account_expired": (
        "To konto jest nieaktywne, bo nie było używane przez dwanaście miesięcy. "
        "Proszę skontaktować się z biurem obsługi klienta."
    ),
    "account_in_a_call": "Z tego konta trwa teraz inna rozmowa. Proszę zadzwonić po jej zakończeniu.",
    "account_needs_clip": ("Aby założyć konto, proszę zadzwonić z telefonu, który pokazuje swój numer."),
    "account_exists": "Ten numer telefonu ma już konto Telegrosik.",
    "account_opened": "Konto zostało założone.",
    "account_not_opened": "Konto nie zostało założone.",
    "load_account_first": "To za mało na rozmowę. Proszę doładować konto, podając PIN karty.",
    "card_moved": "Na konto przelano: {moved:money}. Tej karty nie można już użyć.",
    "call_access_number": (
        "Aby dzwonić z konta, proszę wybrać z telefonu stacjonarnego osiemset, dziewięćset jeden, dziewięćset, "
        "a z komórkowego dwadzieścia dwa, trzysta trzydzieści, dziewiętnaście, zero zero."
    ),
    # money between cards, vouchers
    "top_up_menu": "Przelew z innej karty: jeden. Karta doładująca Plus: dwa. Powrót: zero.",
    "ask_amount_to_take": (
        "Ile złotych przelać na tę kartę? Proszę podać pełne złote i nacisnąć krzyżyk. Dwa zera i krzyżyk to wszystkie środki, jedno zero to menu."
    ),
    "ask_card_to_take_from": (
        "Aby potwierdzić przelew, proszę podać sześć cyfr numeru i osiem cyfr PIN-u karty White Phone, z której "
        "przelewamy, albo dwanaście cyfr PIN-u karty Telegrosik, i nacisnąć krzyżyk. "
        "Przelanych środków nie można potem zwrócić. Zero i krzyżyk to menu."
    ),
    "codes_have_fourteen_or_twelve_digits": "Numer i PIN karty White Phone to razem czternaście cyfr, a PIN karty Telegrosik dwanaście.",
    "money_moved_here": "Na tę kartę przelano: {moved:money}.",
    "same_card": "To jest ta sama karta. Proszę podać inną.",
    "not_enough_to_move": "Na taki przelew nie ma dość środków. Najmniejszy przelew to złotówka.",
    "own_card_takes_none": "Na tę kartę nie można już przelać środków. Proszę skontaktować się z biurem obsługi klienta.",
    "amount_has_at_most_four_digits": "Proszę podać kwotę w pełnych złotych, najwyżej cztery cyfry.",
    "ask_voucher": "Proszę podać czternaście cyfr kodu doładującego Plus. Zero i krzyżyk to menu.",
    "voucher_has_fourteen_digits": "Kod doładujący ma czternaście cyfr.",
    "voucher_credited": "Kartę doładowano kwotą: {moved:money}.",
    "with_bonus": "Bonus: {bonus:money}.",
    "voucher_unknown": "Nie ma takiego kodu. Proszę sprawdzić cyfry.",
    "voucher_used": "Ten kod został już wykorzystany.",
    "voucher_expired": "Ważność tego kodu się skończyła.",
    "voucher_later": (
        "Sieć Plus teraz nie odpowiada. Jeżeli kod został przyjęty, środki pojawią się na karcie same. "
        "Jeżeli nie pojawią się w ciągu dziesięciu minut, proszę podać kod jeszcze raz."
    ),
    "ask_amount_to_give": (
        "Ile złotych przelać na inną kartę? Proszę podać pełne złote i nacisnąć krzyżyk. Dwa zera i krzyżyk to wszystkie środki, jedno zero to menu."
    ),
    "ask_card_to_give_to": "Proszę podać dziesięć cyfr numeru seryjnego karty Telegrosik, na którą przelewamy.",
    "serial_has_ten_digits": "Numer seryjny ma dziesięć cyfr.",
    "no_such_card": "Nie ma karty o takim numerze seryjnym.",
    "other_card_takes_none": "Na tamtą kartę nie można już przelać środków.",
    "gift_quote": "Przelew: {moved:money}. Opłata: {fee:money}.",
    "ask_confirm_gift": "Aby potwierdzić, proszę nacisnąć jeden. Aby zrezygnować, proszę nacisnąć dwa. Zero to menu.",
    "gift_moved": "Przelano: {moved:money}. Opłata: {fee:money}.",
    "nothing_moved": "Nic nie przelano.",
    # the menu
    "menu_balance": "Stan środków: jeden.",
    "menu_repeat": "Wybranie numeru: dwa.",
    "menu_language": "Język, language: trzy.",
    "menu_slower": "Wolniejsza mowa: cztery.",
    "menu_faster": "Zwykłe tempo mowy: cztery.",
    "menu_puk": "Kod PUK: pięć.",
    "menu_top_up": "Doładowanie karty: sześć.",
    "menu_give": "Przelew środków na inną kartę: sześć.",
    "menu_help": "Biuro obsługi klienta: dziewięć.",
    "menu_back": "Powrót: zero.",
    "remembered": "Zapamiętane.",
    "connecting_help": "Łączymy z biurem obsługi klienta. Ta rozmowa nie obciąża karty.",
    "help_line_busy": "Biuro obsługi klienta teraz nie odbiera. Prosimy spróbować później.",
    # mistakes and the end
    "heard_nothing": "Nic nie wybrano.",
    "no_such_option": "Nie ma takiej możliwości.",
    "call_again": "Nie udało się. Prosimy zadzwonić jeszcze raz.",
    "not_in_service": "Wybrany numer nie jest obsługiwany.",
    "apology": "Przepraszamy, wystąpił błąd po naszej stronie. Za ten błąd nie pobieramy opłaty. Prosimy zadzwonić ponownie za chwilę.",
    "goodbye": "Do usłyszenia.",
}
