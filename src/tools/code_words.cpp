#include "tools/code_words.h"

#include <algorithm>
#include <array>

namespace apmcp::tools {
namespace {

struct KindRow {
  WordKind kind;
  std::string_view words;  ///< separated and enclosed by spaces, so that " word " is found whole
};

// By kind, then roughly by language: English, Spanish, Portuguese, French, Italian, German, Dutch, Nordic, Polish,
// Czech, Hungarian, Romanian, Turkish, Indonesian, Vietnamese, Russian, Greek, Arabic, Hebrew, Hindi.
constexpr std::array<KindRow, 11> kKindRows{{
    {WordKind::kCode,
     " otp otc pin tan mtan smstan passcode passcodes password passwort kennwort wachtwoord clave contraseña senha"
     " código códigos codigo codice codici cod kód kódja kódod kod kodu kodun kodunuz kode kodenavn koden koodi koodisi"
     " hasło hasłem heslo jelszó parola şifre şifreniz sandi mã код коды кода кодом пароль пароля κωδικός κωδικος رمز"
     " رمزك كود الرمز קוד הקוד ओटीपी कोड verification verify verifizierung vérification verificación verificação"
     " verifica verificatie authentication einmalpasswort lösenord engångslösenord passord engangspassord "},
    {WordKind::kThing,
     " order orders orderid tracking track shipment parcel package delivery flight invoice receipt reservation booking"
     " ticket ref reference refno case claim item sku serial model product error route train bus gate room"
     " pedido pedidos envío envio seguimiento rastreio rastreamento reserva vuelo voo factura fatura producto produto"
     " commande colis suivi vol facture réservation ordine ordini spedizione tracciamento prenotazione volo fattura"
     " bestellung bestellnummer sendung sendungsnummer auftrag auftragsnummer rechnung rechnungsnummer flug buchung"
     " bestelling bestelnummer zending factuurnummer pakket zamówienie zamówienia przesyłka przesyłki paczka rezerwacja"
     " objednávka rendelés comanda sipariş kargo pesanan заказ заказа заказу посылка посылки рейс бронирование товара"
     " παραγγελία طلب הזמנה "},
    {WordKind::kConfirmation, " confirmation confirmación confirmacion confirmação confirmacao conferma "},
    {WordKind::kQualifier,
     " promo promotional promotion discount coupon voucher gift referral invite zip postal post postale area country"
     " dialing qr bar dress sort source store tax swift iban descuento promocional postale barras desconto cupom"
     " réduction promotionnel sconto rabatt gutschein korting pocztowy rabatowy индекс промо скидку fiscale área "
     "rabat "},
    {WordKind::kReach,
     " ending ends call dial phone tel mobile fax helpline hotline llame ligue appelez chiama anrufen bel zadzwoń"
     " звоните "},
    {WordKind::kAccount,
     " card account acct balance tarjeta cuenta cartão conta carte compte carta conto karte konto kontonummer rekening"
     " karta karty konta карта карты счёт счет "},
    {WordKind::kUnit,
     " minutes minute mins min hours hour hrs seconds sec days day people guests miles km kg points pts percent usd eur"
     " gbp cad aud inr rs kr nok sek dkk chf pln zł zl руб р rub czk kč ft huf lei try tl yen dollars euros euro pesos"
     " pm am minutos minutos horas heures minuti ore minuten stunden minut godzin минут мин часов street st avenue ave"
     " road rd blvd boulevard lane drive main broadway calle rue straße strasse via ulica улица "},
    {WordKind::kPlace,
     " at until till by on before after since from between around über bis um am vom ab hasta desde sobre até às à "
     "avant"
     " jusqu dès fino entro dalle alle tot vanaf om do od po godz до с по к "},
    {WordKind::kCommand,
     " use using enter type input insert utilice usa use usá introduce introduzca ingresa ingrese escribe utilize "
     "insira"
     " digite informe utilisez saisissez entrez saisir usa utilizza inserisci digita verwende verwenden benutze "
     "eingeben"
     " gib gebruik voer vul använd ange brug indtast użyj wpisz podaj zadejte használd folosiți introdu girin gunakan"
     " masukkan nhập введите используйте укажите "},
    {WordKind::kLink,
     " is was are the your a an this my no nr num number id nummer número numero numéro n nº numer номер номера es est"
     " é è e ist lautet lauten är er on jest to son su tu tus seu sua votre ton il la le el o os ist ihr dein dit je uw"
     " din ditt twój twoj ваш твой этот это váš az ön adalah anda của bạn là in with as for pour para per för für voor"
     " dla för için הוא هو είναι है "},
    {WordKind::kOf, " de del di da do des du d l "},
}};

// Words that end like a code and are none.
constexpr std::string_view kOtherCodes =
    " barcode qrcode zipcode postcode promocode rabattcode gutscheincode aktionscode kortingscode vouchercode"
    " discountcode areacode dresscode unicode sourcecode rabatkode rabattkod postkod ";

constexpr std::array<std::string_view, 6> kCodeEnds{"code", "codes", "kod", "kode", "koden", "koodi"};

bool lists(std::string_view words, std::string_view word) {
  for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    if (at > 0 && words[at - 1] == ' ' && at + word.size() < words.size() && words[at + word.size()] == ' ')
      return true;
  }
  return false;
}

struct ScriptPhrase {
  std::string_view text;
  WordKind kind;
};

constexpr std::array<ScriptPhrase, 47> kScriptPhrases{{
    {"验证码", WordKind::kCode},
    {"驗證碼", WordKind::kCode},
    {"校验码", WordKind::kCode},
    {"动态码", WordKind::kCode},
    {"动态密码", WordKind::kCode},
    {"激活码", WordKind::kCode},
    {"认证码", WordKind::kCode},
    {"確認碼", WordKind::kCode},
    {"确认码", WordKind::kCode},
    {"認證碼", WordKind::kCode},
    {"登录码", WordKind::kCode},
    {"一次性密码", WordKind::kCode},
    {"確認コード", WordKind::kCode},
    {"認証コード", WordKind::kCode},
    {"認証番号", WordKind::kCode},
    {"確認番号", WordKind::kCode},
    {"パスコード", WordKind::kCode},
    {"パスワード", WordKind::kCode},
    {"セキュリティコード", WordKind::kCode},
    {"コード", WordKind::kCode},
    {"暗証番号", WordKind::kCode},
    {"인증번호", WordKind::kCode},
    {"인증코드", WordKind::kCode},
    {"확인코드", WordKind::kCode},
    {"코드", WordKind::kCode},
    {"비밀번호", WordKind::kCode},
    {"รหัส", WordKind::kCode},
    {"订单", WordKind::kThing},
    {"訂單", WordKind::kThing},
    {"单号", WordKind::kThing},
    {"運單", WordKind::kThing},
    {"快递", WordKind::kThing},
    {"取件码", WordKind::kThing},
    {"航班", WordKind::kThing},
    {"注文番号", WordKind::kThing},
    {"予約番号", WordKind::kThing},
    {"伝票番号", WordKind::kThing},
    {"주문번호", WordKind::kThing},
    {"운송장", WordKind::kThing},
    {"예약번호", WordKind::kThing},
    {"尾号", WordKind::kReach},
    {"电话", WordKind::kReach},
    {"電話番号", WordKind::kReach},
    {"クーポンコード", WordKind::kThing},
    {"优惠码", WordKind::kThing},
    {"邮编", WordKind::kThing},
    {"郵便番号", WordKind::kThing},
}};

}  // namespace

WordKind word_kind(std::string_view word) {
  if (lists(kOtherCodes, word)) return WordKind::kThing;
  for (const KindRow& row : kKindRows) {
    if (lists(row.words, word)) return row.kind;
  }
  const bool is_code =
      std::any_of(kCodeEnds.begin(), kCodeEnds.end(), [word](auto end) { return word.ends_with(end); });
  return is_code ? WordKind::kCode : WordKind::kOther;
}

WordKind script_kind(std::string_view run) {
  WordKind kind = WordKind::kOther;
  std::size_t last = 0;
  std::size_t length = 0;
  for (const ScriptPhrase& phrase : kScriptPhrases) {
    const std::size_t at = run.rfind(phrase.text);
    if (at == std::string_view::npos) continue;
    // Of two that end at the same place the longer says more: a coupon's code is no code.
    const std::size_t end = at + phrase.text.size();
    if (end < last || (end == last && phrase.text.size() < length)) continue;
    kind = phrase.kind;
    last = end;
    length = phrase.text.size();
  }
  return kind;
}

}  // namespace apmcp::tools
