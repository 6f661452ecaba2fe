"""Bytes of a text file to text: the encoding is found out, or the stated one is tried against the bytes."""

from __future__ import annotations

import codecs
import re

from csimodels.chinese import SIMPLIFIED, simplified
from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.messages import Message
from csimodels.spec.file_format import known_encoding
from csimodels.survey.table import LogEntry

#: Step of the log of an encoding that was guessed and may be another.
DOUBTFUL = "encoding that may be another"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Different letters of two bytes that must be there before their bytes say which script it is.
_ENOUGH = 6
#: From here on a letter takes three bytes in UTF-8.
_TWO_BYTES = 0x800
#: Letters that are most common in Chinese; bytes of another script that are read as Chinese seldom give one of them.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
    "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日者意无力它与长把机十民第公此已"
    "工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体政美相见被利什二等产或新己制身果加西月话合回特代内信表"
    "化老给世位次度门任常先海通教原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少报才结反受"
    "目太量再感建务做接必场件计管期市直资山金指许统区保至形社便空展科司五基书非则界达光放强难权设式色路记南品住类求据程北"
    "边交规万取格望领共确传师观清院识带导运满客户价服质银城男京州航移费购店购讯网销票卡岁村县省忠诚怨抱"
)
#: Syllables that are most common in Korean.
_KOREAN = frozenset(
    "이다는을에의가고지도한리자사로시기하서나어해그아대인라정있스부은구수것들보일전제상원주만조안여비동성장무경신과오를우소선유공관생영"
    "계마차중국미회연용식학세화방산재물문행모양진적분위치바면간음발금강권체요실질감통점내외법명운결품처당드트크남북서족불매객역별령업종울"
    "천광현삼엘케협농롯네카쿠팡버데년십월층력교호청판즈프터러컴디폰텔젤니노토피코파타포브블린더뉴엔씨쓰티뱅험증택률건축설"
)
#: Shares of known letters: a short text is doubtful where so few are Chinese and so many more are of another script.
_FEW_KNOWN, _MORE_KNOWN = 0.5, 0.25
#: Share of different letters among the most common from which a text is taken for Chinese.
_CHINESE = 0.3


def decoded(raw: bytes, encoding: str | None, label: str) -> tuple[str, str, list[LogEntry]]:
    """Text with plain newlines, the encoding used, and what is to be said about it.

    Raises
    ------
    SpecError
        The encoding is none of texts.
    DataError
        The bytes are not in it, or surely in another.
    """
    if encoding and not known_encoding(encoding):
        known = Message("utf-8, utf-16, gb18030, cp1252, big5 and the other names Python knows")
        raise SpecError(Problem("unknown encoding", "encoding", encoding, known))
    if encoding and not encoding.lower().startswith("utf") and not _is_utf8(raw):
        raw = raw.removeprefix(codecs.BOM_UTF8)  # a mark of UTF-8 before a text of another encoding
    guess = next((name for bom, name in _BOMS if raw.startswith(bom)), "utf-8")
    try:
        text = raw.decode(encoding or guess)
        used, notes = encoding or guess, []
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        if encoding or _is_mixed(raw, start) or not _is_chinese(raw) or _is_traditional(raw) or _is_cyrillic(raw):
            raise DataError(_undecodable(raw, encoding, label, error)) from error
        text, used = raw.decode("gb18030"), "gb18030"
        detail = Message("gb18030, as the file is not UTF-8; write encoding under data to change it")
        notes = [LogEntry("encoding recognised", label, 1, detail), *_doubtful(raw, text, label)]
    if not encoding and guess == used == "utf-8" and (meant := _as_chinese(raw, text)):
        said = "read as UTF-8: {names}; if it is Chinese ({meant}), write encoding: gb18030 under data"
        names, chinese = (listed([f'"{word}"' for word in words], 4) for words in meant)
        notes = [LogEntry(DOUBTFUL, label, len(meant[0]), Message(said, names=names, meant=chinese))]
    if encoding and _is_utf8(raw) and len(text) == len(raw):
        what = Message("{label} is UTF-8, and encoding: {encoding} is stated", label=label, encoding=encoding)
        broken = [f'"{word}"' for word in dict.fromkeys(re.findall(r"[^\s,;\"]*[^\x00-\x7f][^\s,;\"]*", text))]
        raise DataError(Problem(what, found=listed(broken, 4), remedy="write encoding: utf-8, or leave it out"))
    if "\0" in text:
        what = Message("{label} holds zero bytes: not a text file, or UTF-16 without a byte order mark", label=label)
        remedy = Message("if it is UTF-16, write encoding: {name} under data", name=_unmarked(raw) or "utf-16-le")
        raise DataError(Problem(what, remedy=remedy))
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, used, notes


def _is_chinese(raw: bytes) -> bool:
    """Whether bytes that are not UTF-8 look like GB18030: it decodes, and high bytes come in pairs.

    In a Western one-byte encoding an accented letter stands alone between plain letters.
    """
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", raw[:1_000_000])]
    return sum(length % 2 == 0 for length in runs) > 0.7 * len(runs)


def _is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 with letters beyond ASCII."""
    try:
        return not raw.isascii() and bool(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _as_chinese(raw: bytes, text: str) -> tuple[list[str], list[str]] | None:
    """Letters of UTF-8 whose bytes would all be common Chinese letters in GB18030, and these; None for other texts.

    Few letters of two bytes have such a twin: ``Ů`` is 女.
    """
    letters = list(dict.fromkeys(c for c in text if not c.isascii())) if not raw.isascii() else []
    if not letters or len(letters) > _ENOUGH or any(ord(letter) >= _TWO_BYTES for letter in letters):
        return None
    twins = [letter.encode().decode("gb18030", "replace") for letter in letters]
    return (letters, twins) if all(twin in _COMMON or twin in "女未否" for twin in twins) else None


def _is_mixed(raw: bytes, start: int) -> bool:
    """Whether Chinese in UTF-8 stands before the first byte that is none of it, as in two files put together."""
    above = raw[:start].removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore")
    letters = {letter for letter in above if ord(letter) >= _TWO_BYTES}
    return len(letters) > 1 and 2 * sum(map(_is_known, letters)) >= len(letters)


def _pairs(raw: bytes) -> set[bytes]:
    """Different letters of two high bytes."""
    runs = re.findall(rb"[\x80-\xff]+", raw[:1_000_000])
    return {run[k : k + 2] for run in runs for k in range(0, len(run) - 1, 2)}


def _is_cyrillic(raw: bytes) -> bool:
    """Whether high bytes are all letters of KOI8-R or Windows-1251 (C0 to FF), as in one Chinese letter of three."""
    pairs = _pairs(raw)
    return len(pairs) >= _ENOUGH and all(min(pair) >= 0xC0 for pair in pairs) and not _reads_as_chinese(pairs)


def _reads_as_chinese(pairs: set[bytes]) -> bool:
    """Whether enough of the letters are common ones."""
    letters = [pair.decode("gb18030", "replace") for pair in pairs]
    return sum(letter in _COMMON for letter in letters) >= _CHINESE * len(letters)


def _doubtful(raw: bytes, text: str, label: str) -> list[LogEntry]:
    """A word where the letters would be better Korean or traditional Chinese."""
    pairs = _pairs(raw)
    others = [name for name, may_be in (("euc-kr", _may_be_korean(pairs)), ("big5", _may_be_big5(pairs))) if may_be]
    if not others:
        return []
    shown = listed([f'"{word}"' for word in dict.fromkeys(re.findall("[\u4e00-\u9fff]+", text))], 4)
    said = "read as Chinese (gb18030): {names}; if these are no words, write encoding: {first} under data"
    if len(others) > 1:
        said = "read as Chinese (gb18030): {names}; if these are no words, write encoding: {first} or {last} under data"
    return [LogEntry(DOUBTFUL, label, len(pairs), Message(said, names=shown, first=others[0], last=others[-1]))]


def _may_be_korean(pairs: set[bytes]) -> bool:
    """Whether all letters lie where EUC-KR has its syllables (first byte B0 to C8), as few Chinese texts do."""
    if not pairs or not all(0xB0 <= pair[0] <= 0xC8 and pair[1] >= 0xA1 for pair in pairs):
        return False
    enough = len(pairs) >= _ENOUGH and not _reads_as_chinese(pairs)
    return enough or _known_better(pairs, [pair.decode("euc-kr", "replace") in _KOREAN for pair in pairs])


def _may_be_big5(pairs: set[bytes]) -> bool:
    """Whether a few letters are common ones in Big5 and not in GB18030; of more letters their bytes tell."""
    letters = [simplified(pair.decode("big5", "replace")) for pair in pairs]
    return 0 < len(pairs) < _ENOUGH and _known_better(pairs, [_is_known(letter) for letter in letters])


def _known_better(pairs: set[bytes], known: list[bool]) -> bool:
    """Whether more letters are known ones of another script than of Chinese in GB18030."""
    chinese = sum(_is_known(pair.decode("gb18030", "replace")) for pair in pairs) / len(pairs)
    return chinese <= _FEW_KNOWN and sum(known) / len(pairs) > chinese + _MORE_KNOWN


def _is_known(letter: str) -> bool:
    """Whether a letter is a common one, or the simplified form of another."""
    return letter in _COMMON or letter in SIMPLIFIED


def _undecodable(raw: bytes, encoding: str | None, label: str, error: UnicodeError) -> Problem:
    start = error.start if isinstance(error, UnicodeDecodeError) else 0
    line, likely = raw.count(b"\n", 0, start) + 1, _likely(raw, encoding)
    remedy = Message("save the file as UTF-8, or write encoding: {first} (or {others}) under data", **likely)
    if not encoding and _is_mixed(raw, start):
        text = "line {line} and those above are not in one encoding, as in files put together: save each as UTF-8 first"
        remedy = Message(text, line=line)
    return Problem(
        Message("{label} is not in the encoding {encoding}", label=label, encoding=encoding)
        if encoding
        else Message("the encoding of {label} is not clear", label=label),
        f"{label}:{line}",
        found=repr(raw[max(0, start - 12) : start + 12]),
        allowed=Message("UTF-8, UTF-16 with a byte order mark, GB18030; others when named"),
        remedy=remedy,
    )


def _likely(raw: bytes, tried: str | None = None) -> dict[str, str]:
    """Encodings to try, the likely one first."""
    names = ["gb18030", "cp1252", "big5"]
    first = _unmarked(raw) or ("big5" if _is_traditional(raw) else "" if _is_chinese(raw) else _western(raw))
    if _is_cyrillic(raw):
        koi8 = len(re.findall(rb"[\xc0-\xdf]", raw)) > len(re.findall(rb"[\xe0-\xff]", raw))  # small letters there
        names = ["koi8-r", "cp1251"] if koi8 else ["cp1251", "koi8-r"]
        first = names[0]
    if _is_utf8(raw):
        first = "utf-8"
    ordered = [name for name in dict.fromkeys([*([first] if first else []), *names]) if name != tried][:3]
    return {"first": ordered[0], "others": ", ".join(ordered[1:])}


def _unmarked(raw: bytes) -> str:
    """The form of UTF-16 without a byte order mark, by the side on which plain letters have their zero byte."""
    head = raw[:4096]
    left, right = head[0::2].count(0), head[1::2].count(0)
    if max(left, right) < len(head) / 8:
        return ""
    return "utf-16-le" if right > left else "utf-16-be"


def _western(raw: bytes) -> str:
    """cp1252 where the high bytes are single letters of Western languages; else nothing."""
    runs = re.findall(rb"[\x80-\xff]+", raw[:1_000_000])
    return "cp1252" if all(len(run) == 1 and run[0] >= 0xC0 for run in runs) else ""


def _is_traditional(raw: bytes) -> bool:
    """Whether bytes that decode as GB18030 are traditional Chinese in Big5, by how common the characters are.

    The common characters of Big5 are those of its first level (A440 to C67E), of GB18030 those of GB 2312.
    """
    pairs = re.findall(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]", raw[:200_000])
    if not pairs:
        return False
    common = sum(0xA4 <= pair[0] <= 0xC6 and (0x40 <= pair[1] <= 0x7E or pair[1] >= 0xA1) for pair in pairs)
    simplified = sum(0xB0 <= pair[0] <= 0xF7 and pair[1] >= 0xA1 for pair in pairs)
    return bool(common > 0.9 * len(pairs) and simplified < 0.7 * len(pairs)) or _better_as_big5(raw[:200_000])


def _better_as_big5(raw: bytes) -> bool:
    """Whether many more of the letters are known ones in Big5 than in GB18030, each letter counted once."""
    read = [{c for c in raw.decode(name, "ignore") if ord(c) >= _TWO_BYTES} for name in ("big5", "gb18030")]
    if min(map(len, read)) < _ENOUGH or not _is_big5(raw):
        return False
    big5, chinese = (sum(_is_known(simplified(c)) for c in letters) / len(letters) for letters in read)
    return chinese <= _FEW_KNOWN and big5 > chinese + _MORE_KNOWN


def _is_big5(raw: bytes) -> bool:
    """Whether bytes can be read as Big5, but for a letter that is cut at the end."""
    try:
        raw[:-1].decode("big5")
    except UnicodeDecodeError as error:
        return error.start >= len(raw) - 3
    return True
