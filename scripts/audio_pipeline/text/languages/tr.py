"""Turkish."""

from audio_pipeline.text.language import Language, Phrases

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    phrases=Phrases(
        speakers="""
anlatıcı|anlatım|seslendiren|seslendirmen|seslendirme(?: metni)?|spiker|sunucu|dış ses|üst ses|konuşmacı|senaryo|metin
""",
        notes="""
video senaryosu|görsel(?:ler)?|ekran(?:daki)? (?:yazısı|metni|yazı)|ses efekt(?:i|leri)|(?:arka plan |fon )?müziği
müzik|kamera|geçiş|animasyon|(?:kelime|sözcük) sayısı|(?:tahmini |toplam |yaklaşık )?süre(?:si)?|ton|hedef kitle
(?:video )?başlığı?|başlık|kaynak(?:lar|ça)?|anahtar kelimeler
""",
        sections="""
giriş|açılış|gelişme|ana (?:bölüm|metin|içerik)|sonuç|kapanış|bitiş|özet|eylem çağrısı|harekete geçirici mesaj
""",
        scenes="sahne|çekim|bölüm|kesit|slayt|paragraf",
        numbered=r"\d{1,2}\.\s?(?:sahne|çekim|bölüm|kesit|slayt|paragraf)",
        directions=r"""
görsel\w*|müzi[kğ]\w*|ses(?:i|ler|leri)?|duraklama|duraksama|sessizlik|gülüş\w*|gülme|güler|kahkaha\w*|alkış\w*|kesme
geçiş|sahne\w*|kamera\w*|yakın çekim|ekran\w*|anlatıcı\w*|iç çek\w*|fısılda\w*|fısıltı\w*|gülümse\w*|jenerik
\d+ kelime|\d+ saniye|(?:senaryonun|metnin|videonun|anlatımın|seslendirmenin) sonu
""",
        eager="""
elbette(?: ki)?|tabii?(?: ki)?|kesinlikle|memnuniyetle|peki|tamam|harika|anladım|olur|seve seve|sorun değil|hay hay
""",
        here="işte|aşağıda(?:ki)?|buyurun|buyrun|(?:sizin|senin) için",
        product=r"""
senaryo\w*|metin\w*|metn\w*|anlatı\w*|seslendirme\w*|paragraf\w*|sürüm\w*|versiyon\w*|tasla[kğ]\w*|monolog\w*
""",
        closings=r"""
beğeneceğinizi umarım|(?:herhangi bir |başka bir )?(?:değişiklik|düzenleme|ekleme) yapmamı (?:ister|arzu)
(?:herhangi bir |başka bir )?(?:değişiklik|düzenleme|düzeltme|ekleme|sorunuz|sorun|
 isteğiniz)(?: yap\w+)?(?: (?:olursa|varsa|ister\w*|gerek\w*|isten\w*))?,? [^.!?]{0,60}(?:bildir(?:in|
 meniz|men|ebilir)|söyle(?:yin|meniz|yebilir)|haber ver|belirt(?:in|meniz|ebilir)|çekinmeyin|çekinme)\w*
lütfen (?:bana )?(?:bildirin|haber verin|söyleyin)|(?:bana )?(?:haber verin|haber ver|bildirin|söylemeniz yeterli)
umarım (?:bu (?:metin|senaryo|anlatım|yardımcı|işinize|işine|size|beğen)|beğenirsiniz|
 beğenirsin|işinize|işine yarar|yardımcı ol|faydalı ol|(?:metin|senaryo) (?:beğen|işinize))
(?:isterseniz|istersen|dilerseniz|dilersen),? (?:(?:bu )?metni|(?:bu )?senaryoyu|bunu (?:daha|kısalt|
 uzat|değiş)|daha (?:kısa|uzun|farklı)|başka bir (?:versiyon|metin)|değişiklik|farklı bir (?:versiyon|ton))
(?:daha fazla|başka bir) (?:yardım|değişiklik|düzenleme)\w*[^.!?]{0,40}(?:ihtiyac|isterse|varsa)
[^.!?]{0,40}(?:sormaktan|bildirmekten|söylemekten|iletişime geçmekten) çekinme(?:yin)?
bu (?:metin|senaryo|anlatım) (?:yaklaşık|toplam|\d)|\(?(?:kelime|sözcük) sayısı\b
\(?(?:senaryonun|metnin|anlatımın) sonu
""",
        refusals=r"""
(?:(?:çok )?üzgünüm|özür dilerim|kusura bakma(?:yın)?),? (?:ama |ancak |
 fakat )?(?:maalesef )?[^.!?]{0,80}\b\p{L}{1,20}(?:[ae]m[ae]m|[ae]m[ıi]yorum|[ıiuü]m değil)
(?:(?:çok )?üzgünüm|özür dilerim|kusura bakma(?:yın)?),? [^.!?]{0,80}\b(?:mümkün değil|
 yapmam mümkün|yardımcı olamam|\p{L}{1,20}[ae]mem)\b
(?:maalesef,? |ne yazık ki,? )?(?:bu (?:isteği|talebi|konuda|içeriği|metni|
 tür)|böyle bir|size|sana)[^.!?]{0,60}(?:yardımcı olam|yardım edem|yerine getirem|
 karşılayam|oluşturam|yazam|üretem|sağlayam)(?:am|em|ıyorum|iyorum)
bir (?:yapay zek[aâ]|(?:büyük )?dil model)\w*(?: \w+){0,2} olarak[^.!?]{0,80}(?:\p{L}{1,20}[ae]m[ae]m|
 \p{L}{1,20}[ae]m[ıi]yorum|yok|değilim)\b
""",
        ordinals="""
dünya|lig|murad|mahmud|selim|ahmed|abdülhamid|mehmed|mustafa|bölüm|sınıf|derece|köprü|ordu|[oO]cak|[mM]ayıs|yüzyıl
meşrutiyet|fc
""",
    ),
    within="""
Dr.|Doktor
Prof.|Profesör
Doç.|Doçent
Yrd.|Yardımcı
Av.|Avukat
Sn.|Sayın
Hz.|Hazreti
Op.|Operatör
Uzm.|Uzman
Gen.|General
örn.|örneğin
ör.|örneğin
bkz.|bakınız
yak.|yaklaşık
M.Ö.|milattan önce
M.S.|milattan sonra
T.C.|Türkiye Cumhuriyeti
Cad.|Caddesi
Sok.|Sokağı
Mah.|Mahallesi
tel.|telefon
no.#|numara
s.#|sayfa
""",
    anywhere="""
vb.|ve benzeri
vs.|vesaire
vd.|ve diğerleri
yy.|yüzyıl
A.Ş.|anonim şirketi
""",
    openers="""
Bu O Şu Bunlar Onlar Biz Siz Ben Sen Ama Ve Sonra Ardından Şimdi Bugün Orada Burada Çünkü Ancak Fakat Bir Her Daha
Ne Nasıl Neden Böylece Böyle Onun Bunun Eğer
""",
    after_ordinals="""
dünya yüzyıl lig sınıf bölüm ordu kolordu cumhurbaşkan selim murat murad mehmed mehmet ahmed ahmet mahmud mahmut
mustafa osman bayezid abdülhamid abdülhamit abdülmecid uluslararası ulusal geleneksel cadde sokak kat gün hafta
dönem tur meclis balkan haçlı viyana tümen alay ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım
aralık
""",
    rules="tr",
    pairs={"7/24": "yedi yirmi dört", "24/7": "yedi yirmi dört", "50/50": "yarı yarıya"},
    halves={"": "yarım"},
    ordinal_form=lambda before, noun: "spellout-ordinal",
)
