"""The words of the pages in both languages, as people and screen readers find them."""

from dataclasses import dataclass

from cabinet.demo.catalogue import CATALOGUE
from cabinet.ui.routes import localized

_ENGLISH_NAMES = {demo.provider.name: demo.provider.name_en for demo in CATALOGUE}


@dataclass(frozen=True)
class Words:
    """One language's names of fields, buttons and states."""

    locale: str
    browser: str
    """What the browser prefers."""
    email: str
    password: str
    current_password: str
    new_password: str
    consent: str
    sign_up: str
    sign_in: str
    sign_out: str
    my_cabinet: str
    confirm_letter: str
    email_confirmed: str
    link_used: str
    link_wrong: str
    new_letter: str
    if_it_waits: str
    wrong_login: str
    forgot_password: str
    send_link: str
    reset_letter: str
    save_password: str
    password_is_set: str
    provider: str
    number: str
    link: str
    no_accounts: str
    pay_online: str
    pay: str
    current_debt: str
    other_amount: str
    send_readings: str
    readings_sent: str
    all_paid: str
    advance: str
    card_number: str
    expiry: str
    back: str
    declined: str
    waiting: str
    paid: str
    not_paid: str
    continue_paying: str
    do_not_pay: str
    payment_letter: str
    no_payment: str
    no_account: str
    settings: str
    link_accounts: str
    link_an_account: str
    not_now: str
    prove: str
    bill_sum: str
    confirm: str
    no_match: str
    is_yours: str
    let_in: str
    email_of_guest: str
    send_invitation: str
    invitation_letter: str
    accept: str
    by_invitation: str
    take_access_back: str
    take_it_back: str
    access_ended_letter: str
    invitation_over: str
    other_address: str
    rename: str
    unlink: str
    cannot_link: str
    send_again: str
    own_name: str
    save: str
    already_linked: str
    wrong_form: str
    subject: str
    message: str
    files: str
    send: str
    request_number: str
    your_message: str
    answer_letter: str
    new_answer: str
    is_settled: str
    send_mark: str
    mark_kept: str
    canned_answer: str
    insert: str
    send_answer: str
    answer: str
    note: str
    save_note: str
    below_previous: str
    lost: str
    hint_number: str
    zones: tuple[str, str, str]

    def path(self, path: str) -> str:
        """The address of a page in this language."""
        return localized(path, self.locale)

    def provider_name(self, name: str) -> str:
        """What a provider, named in Russian, is called here."""
        return name if self.locale == "ru" else _ENGLISH_NAMES[name]

    def sum(self, minor: int) -> str:
        """An amount as the pages write it: «1 234,56 ₽» with narrow spaces, or ₽1,234.56."""
        from cabinet.i18n import use_locale
        from cabinet.kit.money import format_amount

        with use_locale(self.locale):
            return format_amount(minor)


RUSSIAN = Words(
    locale="ru",
    browser="ru-RU",
    email="Электронная почта",
    password="Пароль",
    current_password="Текущий пароль",
    new_password="Новый пароль",
    consent="Согласие на обработку персональных данных",
    sign_up="Зарегистрироваться",
    sign_in="Войти",
    sign_out="Выйти",
    my_cabinet="Мой кабинет",
    confirm_letter="Подтвердите почту",
    email_confirmed="Почта подтверждена",
    link_used="Ссылка уже использована",
    link_wrong="Ссылка неверная",
    new_letter="Отправить новое письмо",
    if_it_waits="Если этот адрес ждёт подтверждения",
    wrong_login="Неверная почта или пароль",
    forgot_password="Забыли пароль?",
    send_link="Отправить ссылку",
    reset_letter="Новый пароль",
    save_password="Сохранить пароль",
    password_is_set="Новый пароль сохранён",
    provider="Поставщик услуг",
    number="Номер лицевого счёта",
    link="Подключить",
    no_accounts="Подключите первый лицевой счёт",
    pay_online="Оплата онлайн",
    pay="Оплатить",
    current_debt="Текущий долг",
    other_amount="Другая сумма",
    send_readings="Передать показания",
    readings_sent="Показания переданы",
    all_paid="Всё оплачено",
    advance="Переплата",
    card_number="Номер карты",
    expiry="Срок",
    back="Вернуться",
    declined="отклонена",
    waiting="Ожидает оплаты",
    paid="Оплачено",
    not_paid="Не оплачено",
    continue_paying="Продолжить оплату",
    do_not_pay="Не платить",
    payment_letter="Оплачено",
    no_payment="Такого платежа нет",
    no_account="Такого счёта в вашем кабинете нет",
    settings="Настройки",
    link_accounts="Подключение ЛС",
    link_an_account="Подключить лицевой счёт",
    not_now="Не сейчас",
    prove="Подтвердить, что счёт ваш",
    bill_sum="Сумма квитанции",
    confirm="Подтвердить",
    no_match="Не совпадает",
    is_yours="Подтверждено: счёт ваш",
    let_in="Пригласить близких",
    email_of_guest="Электронная почта того, кого приглашаете",
    send_invitation="Отправить приглашение",
    invitation_letter="Вас пригласили к лицевому счёту",
    accept="Принять",
    by_invitation="По приглашению",
    take_access_back="Отозвать доступ",
    take_it_back="Отозвать",
    access_ended_letter="Доступ закрыт",
    invitation_over="Это приглашение больше не действует",
    other_address="Письмо пришло на другой адрес",
    rename="Переименовать",
    unlink="Отключить",
    cannot_link="не подключается",
    send_again="Отправить письмо ещё раз",
    own_name="Своё название счёта",
    save="Сохранить",
    already_linked="уже подключили этот счёт",
    wrong_form="не похоже на номер",
    subject="Тема обращения",
    message="Сообщение",
    files="Файлы",
    send="Отправить",
    request_number="Обращение №",
    your_message="Ваше сообщение",
    answer_letter="Ответ на обращение №",
    new_answer="Новый ответ",
    is_settled="Вопрос решён",
    send_mark="Поставить оценку",
    mark_kept="Оценка сохранена",
    canned_answer="Готовый ответ",
    insert="Вставить",
    send_answer="Отправить ответ",
    answer="Ответ",
    note="Заметка для коллег",
    save_note="Сохранить заметку",
    below_previous="меньше предыдущего показания",
    lost="Нет связи",
    hint_number="Подсказка: Номер лицевого счёта",
    zones=("Т1 (пик)", "Т2 (ночь)", "Т3 (полупик)"),
)
ENGLISH = Words(
    locale="en",
    browser="en-GB",
    email="E-mail",
    password="Password",
    current_password="Current password",
    new_password="New password",
    consent="Consent to personal data processing",
    sign_up="Sign up",
    sign_in="Sign in",
    sign_out="Sign out",
    my_cabinet="My cabinet",
    confirm_letter="Confirm your e-mail",
    email_confirmed="E-mail confirmed",
    link_used="This link has been used already",
    link_wrong="This link is wrong",
    new_letter="Send a new letter",
    if_it_waits="If this address waits for confirmation",
    wrong_login="The e-mail or the password is wrong",
    forgot_password="Forgot your password?",
    send_link="Send the link",
    reset_letter="A new password",
    save_password="Save the password",
    password_is_set="The new password is set",
    provider="Service provider",
    number="Account number",
    link="Link",
    no_accounts="Link your first account",
    pay_online="Pay online",
    pay="Pay",
    current_debt="Current debt",
    other_amount="Other amount",
    send_readings="Send meter readings",
    readings_sent="The readings are sent",
    all_paid="Everything is paid",
    advance="Advance",
    card_number="Card number",
    expiry="Expiry",
    back="Back",
    declined="declined",
    waiting="Pending",
    paid="Paid",
    not_paid="Not paid",
    continue_paying="Continue paying",
    do_not_pay="Do not pay",
    payment_letter="Paid",
    no_payment="There is no such payment",
    no_account="There is no such account in your cabinet",
    settings="Settings",
    link_accounts="Link accounts",
    link_an_account="Link an account",
    not_now="Not now",
    prove="Prove that the account is yours",
    bill_sum="Sum of the bill",
    confirm="Confirm",
    no_match="This does not match",
    is_yours="The account is yours",
    let_in="Let your family in",
    email_of_guest="E-mail of the person",
    send_invitation="Send the invitation",
    invitation_letter="You are invited to an account",
    accept="Accept",
    by_invitation="By invitation",
    take_access_back="Take the access back",
    take_it_back="Take it back",
    access_ended_letter="Your access has ended",
    invitation_over="This invitation does not work any more",
    other_address="The letter went to another address",
    rename="Rename",
    unlink="Unlink",
    cannot_link="cannot be linked",
    send_again="Send the letter again",
    own_name="Own name for the account",
    save="Save",
    already_linked="linked this account already",
    wrong_form="does not look like an account number",
    subject="Subject",
    message="Message",
    files="Files",
    send="Send",
    request_number="Request No.",
    your_message="Your message",
    answer_letter="Answer to request No.",
    new_answer="New answer",
    is_settled="The question is settled",
    send_mark="Send the mark",
    mark_kept="Your mark is kept",
    canned_answer="Answer kept ready",
    insert="Insert",
    send_answer="Send the answer",
    answer="Answer",
    note="Note for colleagues",
    save_note="Keep the note",
    below_previous="less than the previous reading",
    lost="No connection",
    hint_number="Hint: Account number",
    zones=("T1 (peak)", "T2 (night)", "T3 (half-peak)"),
)
