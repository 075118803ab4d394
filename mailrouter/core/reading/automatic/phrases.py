"""The words by which mail systems and absent people speak, in the languages that reach a Dutch municipality.

Subjects are searched from their start or anywhere, texts only near their top. All of this is weak evidence: what
decides is where it stands and who writes it.
"""

import re

_TAG = r"\s*(?:(?:\[[^\]]{1,30}\]|\*{2,}[^*]{1,30}\*{2,}|(?:extern|external)\s*:)\s*)*"
"""What gateways put in front of a subject: [EXTERN], ***SPAM***."""


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE | re.MULTILINE)


def _at_start(*words: str) -> re.Pattern[str]:
    return re.compile(rf"{_TAG}(?:{'|'.join(words)})", re.IGNORECASE)


UNDELIVERED = _any(
    # English
    r"undeliver|un-deliver|non-?deliver|not (?:be )?deliver|returned (?:mail|to sender|message)|return(?:ed)?:",
    r"(?:mail|message|delivery|email) (?:system )?(?:status|fail|error|problem|could not|couldn't|not |bounced)",
    r"deliver[a-z]* (?:status|fail|error|problem|report|notification|unsuccessful|has failed|incomplete)",
    r"failure (?:notice|delivery)|failed (?:mail|delivery|to deliver)|delivery[- ]failed|bounce notification",
    r"(?:unable|failed) to (?:be )?deliver|could(?: not|n't) (?:be )?(?:send|deliver)|postmaster notify",
    r"user unknown|unknown user|mailbox (?:full|unavailable)|address not found|recipient (?:unknown|not found)",
    r"rejected|quota|inactive|invalid address|considered unsolicited|message blocked",
    r"(?:mail|message) (?:was )?not sent",
    # Dutch, Frisian
    r"onbestelbaar|onbezorgbaar|niet (?:kunnen )?(?:worden )?(?:bezorgd|afgeleverd|verzonden|verstuurd|besteld)",
    r"(?:bezorg|verzend)\w* (?:is )?mislukt|aflever(?:ing|fout|probleem)|bestelling mislukt|niet-bezorg",
    r"kon(?:den)? niet worden (?:bezorgd|afgeleverd)|(?:mailbox|postvak) (?:is )?vol|adres niet gevonden",
    r"net besoarge",
    # German
    r"unzustellbar|nicht zustellbar|nicht zugestellt|zustellung fehlgeschlagen|zustell(?:fehler|problem)",
    # French
    r"non[- ](?:remis|distribu|livr)|échec|n'a pas pu être|remise impossible",
    # Spanish, Portuguese
    r"no se (?:pudo|puede|ha podido)|no entregad|devuelto|error de entrega",
    r"não (?:foi )?entreg|falha na entrega|não pôde ser entregue|mensagem devolvida",
    # Italian, Polish
    r"non recapitabil|mancat[ao] (?:consegna|recapito)|non consegnat",
    r"niedostarcz|nie (?:można )?dostarcz|zwrot wiadomości",
    # Danish, Norwegian, Swedish, Czech, Hungarian, Turkish, Russian
    r"kan ikke leveres|kunne ikke leveres|kunde inte levereras|nedoručiteln|nelze doručit|kézbesíthetetlen",
    r"teslim edilemedi|не доставлен|недоставлен|ошибка доставки",
    # Japanese, Chinese, Korean
    r"配信(?:でき|エラー|不能|に失敗)|送信(?:でき|エラー|に失敗)|配送(?:でき|エラー)|エラー通知|不達|届きません",
    r"退信|无法投递|無法(?:投遞|傳遞|寄達)|未送达|投递失败|传递失败|未传递",
    r"배달(?:되지|할 수|\s?실패)|반송|전송 실패",
)
"""A subject about a mail that did not arrive."""

DELAYED = _any(
    r"\bdelay|delayed|warning: (?:could not send|message)|still being retried|not yet (?:been )?delivered|temporar",
    r"vertraagd|vertraging|nog niet (?:bezorgd|afgeleverd)",
    r"verzögert|verspätet|retardée?|différée?|retrasad|atrasad|ritard|opóźnion|配信遅延|遅延|延迟|延遲|지연",
)
"""A subject about a mail that is late."""

FAILED = _any(
    # English
    r"(?:could|can|was|were|has|have|is)(?: ?not|n[o']t) (?:be |been )?(?:delivered|sent|accepted|reach)",
    r"(?:unable|failed|failure|wasn't able|was not able) (?:to|in) (?:be )?(?:deliver|send|relay)|undeliver",
    r"(?:permanent|fatal|delivery) (?:fatal )?(?:error|failure)|delivery (?:\w+ ){0,8}failed",
    r"did not reach (?:the following|some or all)|returned to (?:the )?sender|error delivering your|delivery errors",
    r"following address(?:es)? (?:had|failed)|failed addresses|recipients? (?:has |was |were )?reject",
    r"no valid recipient",
    r"(?:user|recipient|mailbox|address|host)(?: \w+)? (?:unknown|not found|unavailable|invalid|rejected)",
    r"unknown (?:user|recipient|host)|no such (?:user|recipient|address|mailbox)|invalid (?:user|recipient|mailbox)",
    r"mailbox (?:is )?(?:full|unavailable|disabled)|(?:over|exceed\w*|your)\W{1,3}(?:\w+ ){0,3}quota",
    r"(?:message|mail) (?:was |has been |is )?(?:rejected|blocked|refused|bounced)|automatic bounce notification",
    r"not a(?:n authorized)? member|giv(?:en|ing) up|retry time(?:out)? exceeded|will (?:be retried|try again|retry)",
    # Dutch, Frisian
    r"(?:kan|kon|kunnen|konden) niet (?:worden |aan \S{1,99} worden )?(?:bezorgd|afgeleverd|verzonden|bereikt)",
    r"niet (?:bezorgd|afgeleverd|bereikt|kunnen (?:bezorgen|afleveren))|bezorg\w* (?:\w+ ){0,6}mislukt|onbestelbaar",
    r"(?:mailbox|postvak)(?: (?!bijna)\S{1,99}){0,6} vol\b",
    r"adres (?:\S{1,99} )?(?:bestaat niet|is (?:onbekend|niet gevonden))",
    r"nog niet (?:bezorgd|afgeleverd)|net besoarge",
    # German, French
    r"(?:nicht|niet) (?:zugestellt|zustellbar)|unzustellbar",
    r"n'a pas (?:pu être|été) (?:remis|distribu|livr|envoy)|non remis",
    # Spanish, Portuguese, Italian
    r"no se (?:pudo|ha podido|puede) (?:entregar|enviar)|não (?:pôde|foi possível|pode) (?:ser )?(?:entreg|envi)",
    r"non (?:è stato possibile|può essere|recapitabile|consegnat)",
    # Polish, Russian
    r"nie (?:mógł|mogła|może|można|został\w*) (?:\w+ )?dostarcz|не (?:может быть|был[ао]?|удалось) доставл?",
    # Japanese, Chinese, Korean
    r"(?:送信|配信|配送)(?:でき|に失敗|エラー)|届けることができ|无法(?:送达|投递|传递)|無法(?:傳遞|投遞|寄達)|退回",
    r"배달(?:되지|할 수)|전송할 수 없",
)
"""A text that tells of a mail that did not arrive."""

TRANSCRIPT = _any(
    r"^\W{0,8}[45]\d\d[ -]\W{0,3}\w|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])",
    r"\b5[05]\d[ -].{0,80}\b(?:user|mailbox|recipient|relay|address|unknown|denied|reject|block|spam|refused)",
    r"rcpt to:\s{0,3}<?\S|final-recipient:|diagnostic-code:",
    r"remote (?:host|server) (?:said|returned|replied|antwoordde)|smtp (?:error|fout)",
)
"""What mail servers said to each other."""

INLINE_RETURNED = _any(
    r"^[ \t>]{0,8}(?:return-path: ?<|received: (?:from|by|\()|message-id: ?<)|below this line is a copy",
    r"^\W{0,20}(?:message|mail) headers follow|^\W{0,20}message text follows",
    r"^\W{0,20}(?:original|returned|bounced|copy of your|unsent) (?:e-?mail|message)\b",
    r"^\W{0,20}oorspronkelijke berichtkop",
)
"""A returned mail, or its header, in the text itself."""

AWAY = _at_start(
    # Dutch, Frisian
    r"(?:automatische? (?:antwoord|beantwoording)|automatysk antwurd|auto-?antwoord)\s*(?:[:(-]|$)",
    r"(?:afwezigheids-?|vakantie)(?:assistent|antwoord)\s*(?:[:(-]|$)|niet op kantoor\s*:",
    r"auto: .{1,80}(?:afwezig|niet aanwezig|out of (?:the )?office|away)\s*\(",
    r"(?:afwezig: .{1,80}|.{1,80} (?:is )?afwezig\W{0,2})\((?:terug|retour|weer aanwezig|keert terug)\b",
    # English
    r"auto(?:matic|mated)?[- ]?(?:reply|response)\s*(?:[:(-]|$)|autorespon\w*\s*(?:[:(-]|$)|ooo\s*:",
    r"out[- ]of[- ](?:the[- ])?office\s*(?:[:(-]|$|auto|repl|message|noti|response|re\b)",
    r"(?:on )?(?:vacation|holiday) (?:auto-?)?(?:reply|response)",
    # German, French
    r"abwesenheits(?:notiz|nachricht|mitteilung|assistent)|automatische (?:antwort|abwesenheit)|abwesend\s*:",
    r"réponse automatique|message d'absence|absence (?:du|de) bureau|absent du bureau",
    # Spanish, Portuguese, Italian
    r"respuesta automática|autorespuesta|fuera de la oficina|resposta automática|fora do escritório",
    r"risposta automatica|fuori (?:sede|ufficio)",
    # Polish, Danish, Norwegian, Swedish, Finnish, Czech, Hungarian, Turkish, Russian, Greek
    r"automatyczna odpowiedź|autosvar|automatiskt? svar|frånvaro|automaattinen vastaus|automatická odpověď",
    r"automatikus válasz|otomatik (?:yanıt|cevap)|автоматический ответ|автоответ|αυτόματη απάντηση",
    # Japanese, Chinese, Korean
    r"自動(?:応答|返信|回覆|答覆)|自动(?:答复|回复)|자동 ?(?:회신|응답)",
)
"""A subject that only a machine writes in someone's absence."""

OFTEN_AWAY = _at_start(
    # Dutch, Frisian
    r"automatische? (?:bericht|reactie)\s*(?:[:(-]|$)|vakantie(?:assistent|antwoord)\b",
    r"(?:afwezigheids|ôfwêzigens)-?(?:assistent|bericht|melding|antwoord|berjocht)\b",
    r"(?:vakantie(?:bericht|melding)|(?:bericht|mededeling|melding) van afwezigheid)\s*(?:[:(-]|$)",
    r"(?:niet op|buiten) kantoor\s*(?:[:(-]|$)",
    # English
    r"auto(?:matic|mated)?[- ]?(?:reply|response)\b|autorespon\w*|out[- ]of[- ](?:the[- ])?office\b",
    r"away until\b|away from my",
)
"""A subject of a machine in someone's absence, unless nothing else about the mail is: then a person may write it."""

MAYBE_AWAY = _at_start(
    r"auto\s*:|afwezig(?:heid)?\s*(?:[:(]|$|-|–|t/m|tot\b|van\b|wegens|i\.v\.m)|(?:[\w.]+ ){0,4}(?:ôf|of)wêzich",
    r"(?:[\w.]+ ){0,4}(?:is|ben) (?:afwezig|niet aanwezig)|niet (?:aanwezig|bereikbaar|meer werkzaam)",
    r"(?:met|op) (?:vakantie|verlof)\b|vakantie\b|uit dienst\b",
    r"(?:on|annual|maternity) (?:leave|vacation|holiday)|away\b|absent\b|absence\b",
    r"abwesen|urlaub|congés?\b|vacaciones",
)
"""A subject that people write as well, so the text must be of someone who is away too."""

AWAY_TEXT = _any(
    r"\b(?:ben|bin|zijn|is)\b.{0,80}\b(?:afwezig|niet aanwezig|vakantie|verlof|niet bereikbaar|vrij\b)",
    r"\b(?:ben|bin|bin ik)\b.{0,80}\b(?:ôfwêzich|ofwêzich|fakânsje)|werom op",
    r"\b(?:afwezig|vakantie|verlof) (?:tot|t/m|van|vanaf)|niet (?:op kantoor|meer werkzaam)|terugkomst|weer aanwezig",
    r"(?:e-?mail|bericht)\w* (?:wordt|worden) (?:niet |wel )?(?:door\w*|gelezen|beantwoord|bekeken)",
    r"out of (?:the )?office|\b(?:away|on leave|on vacation|on holiday)\b|limited access to (?:my )?e-?mail",
    r"nicht im (?:büro|haus)|\babwesend|im urlaub|absente? (?:du|jusqu|de)|en (?:congés?|vacances)",
)
"""A text of someone who is away."""

ACKNOWLEDGED = _at_start(
    # Dutch, Frisian
    r"ontvangst-?bevestiging\b|ûntfangstbefêstiging|bevestiging (?:van )?(?:de )?ontvangst",
    r"bevestiging (?:van )?uw (?:melding|aanvraag|bericht|e-?mail)|(?:bedankt|dank u?(?: wel)?) voor (?:uw|je) "
    r"(?:e-?mail|mail|bericht|melding|aanvraag|vraag|reactie|verzoek|brief|inzending|aanmelding|bestelling|contact)",
    r"(?:uw|je|jouw) (?:\w+ )?(?:e-?mail|bericht|melding|aanvraag|verzoek|vraag|brief|mail|zaak|klacht)\b.{0,60}\b"
    r"(?:ontvangen|geregistreerd|aangemaakt|in behandeling|binnen)",
    r"(?:wij|we) hebben (?:uw|je) .{0,40}(?:ontvangen|geregistreerd)",
    r"(?:melding|zaak|ticket|incident|wijziging|aanvraag)\W{0,4}[\w .-]{0,30}\d.{0,40}"
    r"(?:geregistreerd|ontvangen|aangemaakt|aangemeld)",
    r"\[?(?:aanvraag|verzoek|ticket|vraag) (?:is )?ontvangen\b|\[?(?:request|ticket) received\b",
    r"(?:bevestig|verifieer) (?:a\.?u\.?b\.? )?(?:uw|je) (?:e-?mail|bericht|afzender|mail)",
    # English
    r"please confirm (?:your|that)|(?:message|sender) (?:confirmation|challenge)",
    r"(?:re: )?(?:your )?(?:\w+ )?(?:request|ticket|case|message|e-?mail|incident)\b.{0,40}\b"
    r"(?:received|created|opened)",
    r"(?:we (?:have )?received|thank you for|thanks for) (?:contacting|your)",
    # German, French, Spanish, Italian
    r"eingangsbestätigung|empfangsbestätigung|accusé de réception|acuse de recibo|conferma di ricezione",
)
"""A subject that says a mail came in, or asks its writer to prove to be a person."""

READ = _at_start(
    r"(?:gelezen|niet gelezen|ongelezen verwijderd|lêzen|read|not read|gelesen|ungelesen gelöscht|lu|non lu)\s*[:(]",
    r"(?:afgeleverd|doorgegeven|delivered|relayed|zugestellt|remis|entregado|consegnato)\s*[:(]",
    r"(?:leesbevestiging|read receipt|return receipt|disposition notification)\s*[:(]",
    r"(?:lesebestätigung|accusé de lecture|leído|lido|letto)\s*[:(]",
)
"""A subject of a receipt."""

READ_IF_TOLD = _at_start(r"(?:bezorgd|ontvangstbevestiging)\s*[:(]")
"""A subject of a receipt, of someone who is worried, or of an answer that a mail came in: only the text can tell."""

READ_TEXT = _any(
    r"\b(?:uw|je) bericht\b[^@]{0,400}?\b(?:is|werd) (?:gelezen|verwijderd|geopend)\b.{0,40}\bop\b.{0,25}\d",
    r"dit is een (?:ontvangst|lees)bevestiging|bericht is weergegeven op",
    r"your message\b[^@]{0,400}?\bwas (?:read|deleted|displayed)|no guarantee that the message has been read",
    r"return receipt for the mail|this is a (?:return|read) receipt",
    r"(?:bezorging|aflevering) (?:\w+ ){0,6}(?:is )?(?:voltooid|gelukt|geslaagd)",
    r"delivery (?:\w+ ){0,6}(?:is )?complete",
    r"is bezorgd (?:bij|aan) (?:de )?(?:volgende|deze)|has been delivered to the following",
)
"""A text of a receipt."""
