#include "tools/one_time_code.h"

#include <array>
#include <string_view>

#include <doctest/doctest.h>

namespace apmcp {
namespace {

struct Wording {
  std::string_view text, code;
};

constexpr std::array kWordings{
    Wording{"Your Uber code is 4821. Never share this code.", "4821"},
    Wording{"G-482913 is your Google verification code.", "G-482913"},
    Wording{"<#> 482913 is your WhatsApp code. Don't share it.\nFA+9qCX9VSu", "482913"},
    Wording{"Your WhatsApp code: 482-913\nYou can also tap on this link to verify your phone: v.whatsapp.com/482913",
            "482913"},
    Wording{"482 913 is your Instagram code. Don't share it.", "482913"},
    Wording{"482913 is your Example code.\n\n@example.com #482913", "482913"},
    Wording{"Sign in to Example with this one.\n@example.com #X7K2P9 %login.example.net", "X7K2P9"},
    Wording{"Your Amazon OTP is 482913. Do not share it with anyone.", "482913"},
    Wording{"Use verification code 48291 for Microsoft authentication.", "48291"},
    Wording{
        "[TikTok] 482913 is your verification code, valid for 5 minutes. To keep your account safe, never forward it.",
        "482913"},
    Wording{"Your PayPal security code is: 482913. Your code expires in 10 minutes. Please don't reply.", "482913"},
    Wording{"Chase: Your one-time passcode is 48291357. We'll never call you to ask for it.", "48291357"},
    Wording{"FB-48291 is your Facebook confirmation code", "FB-48291"},
    Wording{"Enter 482913 to verify your account. It expires at 14:30.", "482913"},
    Wording{"Your Steam login code: F7K2M", "F7K2M"},
    Wording{"Apple ID Code is: 482913. Do not share it.", "482913"},
    Wording{"482913", "482913"},
    Wording{"Bank: code 482913 for the payment of $1,250.00 to card ending 4821.", "482913"},
    Wording{"For your card ending in 4821, the one-time password is 482913 (valid until 24/11/2026 14:30).", "482913"},
    Wording{"Your code for order 114829 is 7351.", "7351"},
    Wording{"DoorDash: 482913\nis your verification code. Call 1-855-973-1040 for help.", "482913"},
    Wording{"Tu código de verificación es 482913. No lo compartas.", "482913"},
    Wording{"482913 es tu código de Mercado Libre", "482913"},
    Wording{"Introduce el 482913 para verificar tu cuenta. Este código caduca en 10 minutos.", "482913"},
    Wording{"Seu código de verificação é: 482913", "482913"},
    Wording{"Votre code de vérification est 482913.", "482913"},
    Wording{"482 913 est votre code de sécurité Doctolib", "482913"},
    Wording{"Il tuo codice di verifica è 482913", "482913"},
    Wording{"Ihr Bestätigungscode lautet 482913. Er ist 10 Minuten gültig.", "482913"},
    Wording{"482913 ist dein Instagram-Code.", "482913"},
    Wording{"Ihre mTAN: 482913 für die Überweisung von 250,00 EUR auf Konto 1234567.", "482913"},
    Wording{"Je verificatiecode is 482913", "482913"},
    Wording{"Twój kod weryfikacyjny to 482913", "482913"},
    Wording{"ВАШ КОД: 4829. Никому не сообщайте его.", "4829"},
    Wording{"Код подтверждения: 482913", "482913"},
    Wording{"【支付宝】您的验证码是482913，5分钟内有效。", "482913"},
    Wording{"482913（登录验证码），请勿泄露。", "482913"},
    Wording{"認証コード：４８２９１３ 有効期限は10分です。", "482913"},
    Wording{"[카카오] 인증번호 [482913]를 입력해 주세요.", "482913"},
    Wording{"Din verifieringskod är 482913", "482913"},
    Wording{"Din engangskode er 482913", "482913"},
    Wording{"Doğrulama kodunuz: 482913", "482913"},
    Wording{"Mã xác thực của bạn là 482913", "482913"},
    Wording{"รหัส OTP ของคุณคือ 482913", "482913"},
    Wording{"رمز التحقق الخاص بك هو ٤٨٢٩١٣", "482913"},
    Wording{"Kode verifikasi Anda adalah 482913", "482913"},
    Wording{"482913 est votre code de confirmation Facebook", "482913"},
    Wording{"Code de confirmation : 482913", "482913"},
    Wording{"Votre code de confirmation est 482913", "482913"},
    Wording{"482913 es tu código de confirmación de Facebook", "482913"},
    Wording{"Código de confirmación: 482913", "482913"},
    Wording{"Tu código de confirmación es 482913", "482913"},
    Wording{"482913 è il tuo codice di conferma Facebook", "482913"},
    Wording{"Il tuo codice di conferma è 482913", "482913"},
    Wording{"Codice di conferma: 482913", "482913"},
    Wording{"Seu código de confirmação é 482913", "482913"},
    Wording{"482913 é o seu código de confirmação do Facebook", "482913"},
    Wording{"Código de confirmação: 482913", "482913"},
    Wording{"482913 ist dein Facebook-Bestätigungscode", "482913"},
    Wording{"Bestätigungscode: 482913", "482913"},
    Wording{"482913 is je Facebook-bevestigingscode", "482913"},
    Wording{"Je bevestigingscode is 482913", "482913"},
    Wording{"482913 to Twój kod potwierdzający Facebook", "482913"},
    Wording{"Kod potwierdzenia: 482913", "482913"},
    Wording{"Din bekräftelsekod är 482913", "482913"},
    Wording{"482913 är din bekräftelsekod för Facebook", "482913"},
    Wording{"Use this code to verify your account: 482913", "482913"},
    Wording{"Use this code to add your card: 482913", "482913"},
    Wording{"Use this code to confirm your order: 482913", "482913"},
    Wording{"[Samsung Account] 482913 is your Samsung account verification code", "482913"},
    Wording{"T-Mobile: 482913 is your verification code", "482913"},
    Wording{"Chase Card: 482913 is your one-time code", "482913"},
    Wording{"Utilisez ce code pour vérifier votre compte : 482913", "482913"},
    Wording{"Usa este código para verificar tu cuenta: 482913", "482913"},
    Wording{"Use este código para confirmar seu pedido: 482913", "482913"},
    Wording{"Verwende diesen Code, um dein Konto zu bestätigen: 482913", "482913"},
    Wording{"Gebruik deze code om je account te verifiëren: 482913", "482913"},
    Wording{"Użyj tego kodu, aby zweryfikować swoje konto: 482913", "482913"},
    Wording{"Använd den här koden för att verifiera ditt konto: 482913", "482913"},
    Wording{"Usa questo codice per accedere al tuo conto: 482913", "482913"},
    Wording{"482-913 is your Discord code", "482913"},
    Wording{"Lyft code 482-913", "482913"},
    Wording{"<#> Your ExampleApp code is: 482913 FA+9qCX9VSu", "482913"},
    Wording{"Use 482913 as your login code for Tinder. 8yKCyzUYSX2", "482913"},
    Wording{"Your Apple Account code is: 482913. Don’t share it with anyone.\n\n@apple.com #482913 %apple.com",
            "482913"},
    Wording{"482913\n@example.com #482913", "482913"},
    Wording{"Snapchat: 482913 is your one time passcode for phone enrollment. Don't share this code with anyone; our "
            "employees will never ask for it.",
            "482913"},
    Wording{"(Robinhood) Do NOT share this code. Your code is 482913.", "482913"},
    Wording{"Airbnb verification code: 4829. Never share this code with anyone, only use it on Airbnb.com.", "4829"},
    Wording{"Telegram code 48291", "48291"},
    Wording{"Login code: 48291. Do not give this code to anyone, even if they say they are from Telegram!", "48291"},
    Wording{"Use code 482913 to confirm your phone number.", "482913"},
    Wording{"Your Venmo code is 482913. Venmo employees will never ask for this code.", "482913"},
    Wording{"Twitch: use 482913 as your login code", "482913"},
    Wording{"Dein Sicherheitscode für PayPal lautet: 482913", "482913"},
    Wording{"Ihr Einmal-Passwort lautet 482913", "482913"},
    Wording{"TAN: 482913 fuer Auftrag vom 24.11. ueber EUR 250,00", "482913"},
    Wording{"Votre code d'authentification est le 482913", "482913"},
    Wording{"Pour valider votre paiement, saisissez le code 482913", "482913"},
    Wording{"Votre code SMS : 482913. Valable 10 minutes", "482913"},
    Wording{"Il codice OTP è 482913. Non condividerlo.", "482913"},
    Wording{"482913 is jouw WhatsApp-code", "482913"},
    Wording{"Uw verificatiecode voor DigiD is: 482913", "482913"},
    Wording{"Uw sms-code om in te loggen bij DigiD is: 482913", "482913"},
    Wording{"Ditt engångslösenord är 482913", "482913"},
    Wording{"Din kod är 482 913", "482913"},
    Wording{"Kod: 482913. Nie podawaj go nikomu.", "482913"},
    Wording{"Hasło SMS: 482913 do operacji nr 1 z dnia 24.11.2026", "482913"},
    Wording{"O seu código é 482913. Não o partilhe.", "482913"},
    Wording{"482913 é o seu código de acesso", "482913"},
    Wording{"Clave: 482913. No la compartas con nadie.", "482913"},
    Wording{"Tu código Uber es 4829. No lo compartas.", "4829"},
    Wording{"BBVA: 482913 es tu clave para la compra de 25,00 EUR", "482913"},
    Wording{"Your Coinbase verification code is: 4829131. Don't share this code with anyone.", "4829131"},
    Wording{"Microsoft account security code: 4829", "4829"},
    Wording{"Use 4829 as Microsoft account security code", "4829"},
    Wording{"Use 482913 as your Samsung account verification code", "482913"},
    Wording{"Google: 482913 is the code for your account", "482913"},
};

constexpr auto kLookAlikes = std::to_array<std::string_view>({
    "Your total is $482913. Thank you!",
    "Invoice 482913 over 1.250,00 EUR is due.",
    "Your Amazon order 114-2938471 has shipped.",
    "Order number 482913 confirmed. We never ask for a code.",
    "Order #48291 is ready. Show this code at the desk.",
    "Your table is booked for 24.11.2026 at 19:30.",
    "See you at 1430 on 20261124.",
    "Call us at (415) 555-0123 to get your code.",
    "Call +14155550123 or 415 555 0123 for a verification code.",
    "Use promo code SAVE2024 for 20% off.",
    "Save 4000 points with discount code 48291.",
    "Your tracking code is 48291034.",
    "Flight BA2490 boards at gate 4821.",
    "Booking code 482913: check in from 14:00.",
    "Come to 1600 Pennsylvania Avenue, zip code 20500.",
    "Your card ending in 4821 was charged 1250 USD.",
    "Inflation was 1250% in 2024, verify your sources.",
    "Utilisez le code promo 48291 avant 2027.",
    "Código postal 28013, Madrid",
    "Ihre Bestellnummer lautet 48291357.",
    "Ваш заказ 482913 доставлен.",
    "您的订单号482913已发货。",
    "ご注文番号は482913です。",
    "The code review is at 1500 Main Street.",
    "Error code 40413: try again in 3000 seconds.",
    "Read the code of 1998 before the exam in 2026.",
    "We moved 482913 boxes today.",
    "On my way, 10 minutes",
    "Your confirmation number is 48291034. Enjoy your stay.",
    "Visit https://example.com/482913 to verify.",
    "Please confirm your order 482913",
    "Confirm your order: 482913",
    "Your booking confirmation number: 482913",
    "Your confirmation number: 48291034. Use the door code we send on arrival.",
    "Votre numéro de confirmation est 482913",
    "Su número de confirmación es 482913",
    "Il numero di conferma è 482913",
    "Your reservation confirmation code is HM4829",
    "Votre code de confirmation de réservation : 482913",
    "Order 48291 is ready, show your code at the desk",
    "We never ask for a code, order: 482913",
    "Need a code or help with your account? Call: 4829134",
    "Enter the code or call: 4829134",
    "Track your parcel with tracking number: 48291034",
    "Code promo pour votre commande : 482913",
    "Use promo code for your order: 482913",
    "Your tracking code for order: 482913",
    "Your balance is 482913.20 INR. Never share your OTP.",
    "Paid 4829 EUR with card 4821. If not you, never share your code and call us.",
    "Never share your code\nOrder: 482913",
    "Your UPS package 1Z999AA1 arrives on 11/24/2026 by 1930. No code needed.",
    "Call 18005551234 or +1 800 555 1234 with your code ready",
    "Rendez-vous le 24/11/2026 à 1430, code porte inconnu",
    "Rechnung 482913 vom 24.11.2026 über 1.250,00 €",
    "Pedido 482913 confirmado. Nunca pedimos tu código.",
    "Uw bestelling 482913 is verzonden",
    "Your ticket: 482913. Show this code at the gate.",
    "Account 482913 was charged. Code of conduct applies.",
    "",
});

TEST_SUITE("unit") {
  TEST_CASE("one-time codes are found in the words that services really use") {
    for (const Wording& wording : kWordings) {
      CAPTURE(std::string(wording.text));
      CHECK(tools::find_one_time_code(wording.text).value_or("none") == wording.code);
    }
  }

  TEST_CASE("what only looks like a code is none") {
    for (const std::string_view text : kLookAlikes) {
      CAPTURE(std::string(text));
      CHECK(tools::find_one_time_code(text).value_or("none") == "none");
    }
  }

  TEST_CASE("broken UTF-8 and endless texts are read without harm") {
    CHECK_FALSE(tools::find_one_time_code("\xFF\xC3").has_value());
    CHECK(tools::find_one_time_code("code \xFF 482913") == "482913");
    CHECK_FALSE(tools::find_one_time_code(std::string(1'000'000, '9')).has_value());
  }
}

}  // namespace
}  // namespace apmcp
