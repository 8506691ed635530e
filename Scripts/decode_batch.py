#!/usr/bin/env python3
"""Reference decoder of stored batches (Sources/Telemetry/README.md), Python 3, standard library only.

As a program:  decode_batch.py DICTIONARY.json BATCH.bin...     one line of JSON per batch, as profile `json` sends it
As a module:   decode(blob, dictionary) -> dict;  to_json(dict) -> bytes

It follows the document, not the Swift code, and is written to be read. Numbers are `decimal.Decimal`, exact.
"""
import json
import struct
import sys
import zlib
from decimal import Decimal
from fractions import Fraction

QUALITIES = ["good", "no-reply", "checksum", "wrong-answer", "exception", "no-value", "out-of-range", "sensor-broken",
             "port-lost", "stale", "not-yet-read", "substituted"]
WITH_VALUE = {0, 11}
SEVERITIES = ["critical", "major", "minor", "warning"]
REASONS = ["bus", "device", "port", "overrun", "overload", "agent-off", "config", "evicted", "thinned", "corrupt"]
HEADER = struct.Struct(">4sB3x16sQ16sqqq8sqqII")
LARGEST_SAFE_INTEGER = 2**53 - 1


class BadBatch(ValueError):
    """The bytes are not a batch, or not one of this dictionary."""


# --- Header ----------------------------------------------------------------------------------------------------------

def epoch_text(epoch: bytes) -> str:
    """Batches that were sent from memory have an epoch that begins with "volatile"."""
    return "volatile-" + epoch[8:].hex() if epoch.startswith(b"volatile") else epoch.hex()


def decode(blob, dictionary):
    """The batch as profile `json` shows it. `dictionary`: the JSON text published on meta/DICT."""
    names = json.loads(dictionary, parse_float=Decimal)
    if names["version"] != 1:
        raise BadBatch("a dictionary of another version")
    if len(blob) < HEADER.size + 4:
        raise BadBatch("too short")
    (magic, flags, epoch, sequence, boot, anchor_boot, anchor_real, anchor_error, dictionary_id, first, last, count,
     length) = HEADER.unpack_from(blob)
    if magic != b"DGB1":
        raise BadBatch("does not begin with DGB1")
    if zlib.crc32(blob[:-4]) != struct.unpack(">I", blob[-4:])[0]:
        raise BadBatch("checksum differs")
    if length != len(blob) - HEADER.size - 4:
        raise BadBatch("body length differs")

    def stated_error(milliseconds):
        return anchor_error + abs(milliseconds * 1_000_000 - anchor_boot) // 10_000

    trusted = bool(flags & 1) and max(stated_error(first), stated_error(last)) < 300 * 1_000_000_000

    def wall(milliseconds):
        return (anchor_real + milliseconds * 1_000_000 - anchor_boot) // 1_000_000

    readings, gaps, alarms, aggregates, replaces = read_body(blob[HEADER.size:-4], first)
    if len(readings) != count:
        raise BadBatch("number of readings differs")
    out = {"gateway": names["gateway"], "epoch": epoch_text(epoch), "sequence": sequence, "dictionary": dictionary_id.hex(),
           "clock": "trusted" if trusted else "untrusted"}
    if not trusted:
        out["boot"] = boot.hex()
    out["readings"] = []
    # Stable: readings of one point keep their order.
    for index, time, quality, sample in sorted(readings, key=lambda reading: (reading[1], reading[0])):
        point = names["points"][index]
        value, quality = shown(sample, quality, point)
        out["readings"].append({
            "device": point["device"], "point": point["point"],
            **({"time": wall(time)} if trusted else {"boottime": time}),
            "value": value, "quality": quality})
    out["gaps"] = []
    for scope, start, end, reason in gaps:
        point = names["points"][scope - 1] if scope else {"device": "*", "point": "*"}
        entry = {"device": point["device"], "point": point["point"]}
        for key, (kind, time) in (("from", start), ("to", end)):
            if kind == "boot" and trusted:
                entry[key] = wall(time)
            elif kind == "boot":
                entry[key + "_boottime"] = time
            else:
                entry[key] = time
        entry["reason"] = reason
        out["gaps"].append(entry)
    out["alarms"] = []
    for alarm, episode, state, severity, value, time in alarms:
        out["alarms"].append({
            "id": alarm, "episode": episode, "state": state, "severity": severity, "value": value,
            **({"time": wall(time)} if trusted else {"boottime": time})})
    out["aggregates"] = []
    # Stable: aggregates of one point keep their order.
    for index, start, end, statistics, count in sorted(aggregates, key=lambda item: (item[1], item[0])):
        point = names["points"][index]
        low, mean, high = (shown_number(value_of(raw, point), point) for raw in statistics)
        if low is not None and high is not None and Fraction(high) < Fraction(low):
            low, high = high, low
        offset = (anchor_real - anchor_boot) // 1_000_000 if trusted else 0
        out["aggregates"].append({
            "device": point["device"], "point": point["point"],
            ("from" if trusted else "from_boottime"): start + offset,
            ("to" if trusted else "to_boottime"): end + offset,
            "min": low, "mean": mean, "max": high, "count": count})
    if replaces:
        out["replaces"] = replaces
    return out


# --- Body ------------------------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise BadBatch("ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if value >= 1 << 64:
                raise BadBatch("number too large")
            if byte < 0x80:
                return value
            shift += 7

    def signed(self):
        return unzigzag(self.varint())

    def planes(self, count):
        """The width of the widest number in bytes, then all lowest bytes, all second bytes, ..."""
        if count == 0:
            return []
        width = self.byte()
        if width > 8:
            raise BadBatch("bad planes")
        planes = [self.take(count) for _ in range(width)]
        return [sum(plane[i] << (8 * j) for j, plane in enumerate(planes)) for i in range(count)]


def unzigzag(value):
    return (value >> 1) ^ -(value & 1)


def wrap64(value):
    """As a signed 64-bit number: differences are taken modulo 2^64."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def read_body(body, base):
    method = body[0] if body else None
    if method == 0:
        data = body[1:]
    elif method == 1:
        reader = Reader(body)
        reader.byte()
        size = reader.varint()
        if size > 8 << 20:
            raise BadBatch("body too long")
        inflater = zlib.decompressobj(-15)
        data = inflater.decompress(body[reader.at:], size + 1)
        if len(data) != size or not inflater.eof or inflater.unused_data:
            raise BadBatch("does not expand to the size claimed")
    else:
        raise BadBatch("unknown compression")
    readings, gaps, alarms, aggregates, replaces = [], [], [], [], []
    sections = Reader(data)
    while sections.at < len(data):
        tag = sections.byte()
        section = Reader(sections.take(sections.varint()))
        if tag == 1:
            readings = read_readings(section, base)
        elif tag == 2:
            gaps = [read_gap(section, base) for _ in range(section.varint())]
        elif tag == 3:
            alarms = [read_alarm(section, base) for _ in range(section.varint())]
        elif tag == 4:
            aggregates = read_aggregates(section, base)
        elif tag == 5:
            for _ in range(section.varint()):
                low = section.varint()
                replaces.append([low, low + section.varint()])
        elif tag >= 128:
            raise BadBatch("a section that must be understood")
        else:
            continue
        if section.at != len(section.data):
            raise BadBatch("section longer than its content")
    return readings, gaps, alarms, aggregates, replaces


def read_gap(section, base):
    scope = section.varint()
    reason = REASONS[section.byte()]

    def edge():
        kind = section.byte()
        if kind == 1:
            return "boot", base + section.signed()
        if kind == 2:
            return "wall", section.signed()
        return {0: "unknown", 3: "open"}[kind], None

    return scope, edge(), edge(), reason


def read_alarm(section, base):
    alarm = section.take(section.varint()).decode("utf-8")
    episode = section.varint()
    state = ["cleared", "raised"][section.byte()]
    severity = SEVERITIES[section.byte()]
    time = base + section.signed()
    section.varint()  # The point that the alarm belongs to, + 1: for receivers that see some points only.
    kind = section.byte()
    if kind == 3:
        value = Decimal(section.take(section.varint()).decode("ascii"))
    else:
        value = {0: None, 1: False, 2: True}[kind]
    return alarm, episode, state, severity, value, time


def read_aggregates(section, base):
    """(point, from, to, (min, mean, max) as decimals of the raw value, count)."""
    width = section.varint()
    origin = base + section.signed()
    columns, lists = section.varint(), section.varint()
    lengths = section.planes(lists)
    steps = iter(section.planes(sum(lengths)))
    spans = []
    for length in lengths:
        chosen, place = [], -1
        for _ in range(length):
            place += 1 + next(steps)
            chosen.append(origin + place * width)
        spans.append(chosen)
    points, shared, forms = section.planes(columns), section.planes(columns), section.planes(columns)
    table = []
    point = which = 0
    for delta, move, form in zip(points, shared, forms):
        point += delta
        which += unzigzag(move)
        if not 0 <= which < len(spans):
            raise BadBatch("no such list of spans")
        if form not in (*range(10), 16, 17):
            raise BadBatch("unknown form of aggregates")
        table.append((point, spans[which], form))
    counts = iter(section.planes(sum(len(column[1]) for column in table)))

    def lane_of_aggregates(form):
        return max(form - 15, 0)

    lanes = []
    for lane in range(3):
        mine = [len(column[1]) for column in table if lane_of_aggregates(column[2]) == lane]
        lanes.append([iter(section.planes(count))
                      for count in (len(mine), sum(mine) - len(mine), sum(mine), sum(mine))])
    result = []
    for point, starts, form in table:
        firsts, differences, widths, middles = lanes[lane_of_aggregates(form)]
        previous = None
        for start in starts:
            count = next(counts)
            if previous is not None:
                low = previous + unzigzag(next(differences))
            else:
                # Bit patterns begin as they are, integers as zigzag.
                low = next(firsts) if form > 9 else unzigzag(next(firsts))
            width_of, middle = next(widths), next(middles)
            if form <= 9:
                low = previous = wrap64(low)
                total = middle + count * low
                hundredth = (200 * abs(total) + count) // (2 * count)
                statistics = (normal(low, -form), normal(-hundredth if total < 0 else hundredth, -form - 2),
                              normal(low + width_of, -form))
            else:
                bits = 32 if form == 16 else 64
                low = previous = low % (1 << bits)
                statistics = tuple(
                    float_of(pattern % (1 << bits), bits)
                    for pattern in (low, low + unzigzag(middle), low + unzigzag(width_of)))
            result.append((point, start, start + width, statistics, count))
    return result


def float_of(pattern, bits):
    if bits == 32:
        return shortest32(struct.unpack("<f", struct.pack("<I", pattern))[0])
    return shortest64(struct.unpack("<d", struct.pack("<Q", pattern))[0])


def read_readings(section, base):
    columns, lists = section.varint(), section.varint()
    times = read_times(section, lists, base)
    points, shared, forms = section.planes(columns), section.planes(columns), section.planes(columns)
    table = []
    point = which = 0
    for delta, move, form in zip(points, shared, forms):
        point += delta
        which += unzigzag(move)
        if not 0 <= which < len(times):
            raise BadBatch("no such list of times")
        table.append((point, times[which], form))
    runs = section.varint()
    values, lengths = section.planes(runs), section.planes(runs)
    qualities = [value for value, length in zip(values, lengths) for _ in range(length)]
    if len(qualities) != sum(len(column[1]) for column in table):
        raise BadBatch("number of qualities differs")
    return read_samples(section, table, qualities)


def read_times(section, lists, base):
    lengths = section.planes(lists)
    references = section.planes(sum(lengths))
    indices = []
    known, previous = 0, -1
    for reference in references:
        previous += 1 + unzigzag(reference)
        if not 0 <= previous <= known:
            raise BadBatch("a time before it was said")
        known += previous == known
        indices.append(previous)
    residuals = section.planes(known)
    said, result = [], []
    first = last = step = at = 0
    for length in lengths:
        chosen = []
        for place, index in enumerate(indices[at:at + length]):
            if index == len(said):
                guess = first if place == 0 else last + step
                said.append(guess + unzigzag(residuals[index]))
            time = said[index]
            if place == 0:
                first = time
            else:
                step = time - last
            last = time
            chosen.append(base + time)
        result.append(chosen)
        at += length
    return result


# --- Samples ---------------------------------------------------------------------------------------------------------

def lane_of(form):
    if form == 0 or 16 <= form <= 25 or 32 <= form <= 41:
        return 0
    if form in (1, 2, 3):
        return form
    raise BadBatch("unknown column form")


def read_samples(section, table, qualities):
    """Samples are ("integer", int), ("float32", float), ("float64", float), ("text", str), or None."""
    firsts, differences, texts = [0, 0, 0], [0, 0, 0], 0
    at = 0
    for _, times, form in table:
        count = sum(quality in WITH_VALUE for quality in qualities[at:at + len(times)])
        at += len(times)
        if lane_of(form) == 3:
            texts += count
        elif count:
            firsts[lane_of(form)] += 1
            differences[lane_of(form)] += count - 1
    lanes = []
    for lane in range(3):
        lanes.append((iter(section.planes(firsts[lane])), iter(section.planes(differences[lane]))))
    strings, places = [], iter(())
    if texts:
        count = section.varint()
        strings = [section.take(length).decode("utf-8") for length in section.planes(count)]
        places = iter(section.planes(texts))

    readings = []
    at = 0
    for point, times, form in table:
        previous = None
        for time in times:
            quality = qualities[at]
            at += 1
            sample = None
            if quality in WITH_VALUE:
                lane = lane_of(form)
                if lane == 3:
                    sample = ("text", strings[next(places)])
                else:
                    if previous is None:
                        number = next(lanes[lane][0])
                        # Bit patterns begin as they are, integers as zigzag.
                        previous = number if lane else unzigzag(number)
                    else:
                        previous += unzigzag(next(lanes[lane][1]))
                    previous = previous % (1 << 32) if lane == 1 else wrap64(previous)
                    sample = as_number(previous, form)
            readings.append((point, time, quality, sample))
    return readings


def as_number(bits, form):
    if form == 0:
        return "integer", bits
    if form == 1:
        return "float32", struct.unpack("<f", struct.pack("<I", bits))[0]
    if form == 2:
        return "float64", struct.unpack("<d", struct.pack("<q", bits))[0]
    if form < 32:
        return "float32", struct.unpack("<f", struct.pack("<f", bits / 10**(form - 16)))[0]
    return "float64", bits / 10**(form - 32)


# --- Values: raw x scale + offset in decimals -------------------------------------------------------------------------

class DoesNotFit(Exception):
    """A significand of more than 127 bits: the value is then computed in doubles."""


def normal(significand, exponent):
    """Decimals are (significand, exponent) without trailing zeros."""
    if significand == 0:
        return 0, 0
    while significand % 10 == 0:
        significand, exponent = significand // 10, exponent + 1
    return significand, exponent


def fitting(number):
    if abs(number) >= 1 << 127:
        raise DoesNotFit
    return number


def shifted(a, exponent):
    return fitting(a[0] * 10**min(a[1] - exponent, 60))


def multiply(a, b):
    return normal(fitting(a[0] * b[0]), a[1] + b[1])


def add(a, b):
    if a[0] == 0 or b[0] == 0:
        return b if a[0] == 0 else a
    low = min(a[1], b[1])
    return normal(fitting(shifted(a, low) + shifted(b, low)), low)


def subtract(a, b):
    return add(a, (-b[0], b[1]))


def decimal_of(value):
    """Of a number in the dictionary: int or Decimal."""
    sign, digits, exponent = Decimal(value).as_tuple()
    return normal((-1 if sign else 1) * int("".join(map(str, digits))), exponent)


def double_of(a):
    return float("%de%d" % a)


def shortest64(value):
    return None if value in (float("inf"), float("-inf")) or value != value else decimal_of(Decimal(repr(value)))


def shortest32(value):
    """The shortest decimal that reads back as this float32; of several the nearest, of two equally near the even one."""
    if value in (float("inf"), float("-inf")) or value != value:
        return None
    if value == 0:
        return 0, 0
    bits = struct.unpack("<I", struct.pack("<f", abs(value)))[0]
    fraction, power = bits & 0x7FFFFF, bits >> 23
    mantissa, exponent = (fraction | 0x800000, power - 150) if power else (fraction, -149)
    exact = Fraction(mantissa) * Fraction(2)**exponent
    ulp = Fraction(2)**exponent
    low = exact - (ulp / 4 if fraction == 0 and power > 1 else ulp / 2)
    high = exact + ulp / 2
    even = mantissa % 2 == 0
    for exponent in range(39, -60, -1):
        digits = exact / Fraction(10)**exponent
        found = []
        for candidate in (int(digits), int(digits) + 1):
            number = candidate * Fraction(10)**exponent
            if low < number < high or (even and number in (low, high)):
                found.append((abs(number - exact), candidate % 2, candidate))
        if found and min(found)[2]:
            return normal((-1 if value < 0 else 1) * min(found)[2], exponent)
    raise AssertionError("a float32 without decimal form")


def exact_quotient(a, b):
    """None when it is not a finite decimal."""
    quotient = Fraction(a[0], b[0])
    denominator, places = quotient.denominator, 0
    while denominator > 1:
        factor = 10 if denominator % 10 == 0 else 2 if denominator % 2 == 0 else 5
        if denominator % factor:
            return None
        denominator //= factor
        places += 1
    return normal(fitting(quotient.numerator * 10**places // quotient.denominator), a[1] - b[1] - places)


def value_of(raw, point):
    """Exact value, or None when there is no finite number."""
    if "map" not in point:
        scale, offset = decimal_of(point["scale"]), decimal_of(point.get("offset", 0))
        return linear(raw, scale, offset)
    (raw_low, raw_high), (low, high) = (map(decimal_of, point["map"][key]) for key in ("raw", "to"))
    try:
        rise, run = subtract(high, low), subtract(raw_high, raw_low)
        if run[0] == 0:
            raise DoesNotFit
        try:
            slope = exact_quotient(rise, run)
            offset = slope and subtract(low, multiply(raw_low, slope))
        except DoesNotFit:
            slope = None
        if slope:
            return linear(raw, slope, offset)
        shift = subtract(multiply(low, run), multiply(raw_low, rise))
    except DoesNotFit:
        if raw_low == raw_high:
            return None
        slope = (double_of(high) - double_of(low)) / (double_of(raw_high) - double_of(raw_low))
        return shortest64(double_of(low) + (double_of(raw) - double_of(raw_low)) * slope)
    try:
        above = add(multiply(raw, rise), shift)
        least = min(above[1], run[1])
        return shortest64(shifted(above, least) / shifted(run, least))
    except DoesNotFit:
        return shortest64((double_of(raw) * double_of(rise) + double_of(shift)) / double_of(run))


def linear(raw, scale, offset):
    try:
        return add(multiply(raw, scale), offset)
    except DoesNotFit:
        return shortest64(double_of(raw) * double_of(scale) + double_of(offset))


def shown(sample, quality, point):
    """JSON value and quality of a stored sample."""
    if sample is None:
        return None, QUALITIES[quality]
    kind, value = sample
    if kind == "text":
        return value, QUALITIES[quality]
    if kind == "integer" and point["type"] in ("bool", "bit") and is_identity(point):
        return value != 0, QUALITIES[quality]
    if kind == "integer":
        if point["type"] == "uint64" and "resolution" not in point:
            value %= 1 << 64
        raw = normal(value, 0)
    else:
        raw = shortest32(value) if kind == "float32" else shortest64(value)
    number = None if raw is None else value_of(raw, point)
    if number is None:
        return None, "no-value"
    return shown_number(number, point), QUALITIES[quality]


def shown_number(number, point):
    if number is None:
        return None
    if point.get("big") and abs(Fraction(number[0]) * Fraction(10)**number[1]) > LARGEST_SAFE_INTEGER:
        return text_of(number)
    return Decimal("%de%d" % number)


def is_identity(point):
    return "map" not in point and point["scale"] == 1 and point.get("offset", 0) == 0


# --- JSON text -------------------------------------------------------------------------------------------------------

def text_of(number):
    """Plain up to 21 digits, else with an exponent."""
    significand, exponent = number
    digits, sign = str(abs(significand)), "-" if significand < 0 else ""
    point = len(digits) + exponent
    if exponent >= 0 and point <= 21:
        return sign + digits + "0" * exponent
    if exponent < 0 and point > 0:
        return sign + digits[:point] + "." + digits[point:]
    if exponent < 0 and point > -7:
        return sign + "0." + "0" * -point + digits
    return sign + digits[0] + ("." + digits[1:] if digits[1:] else "") + "e%d" % (point - 1)


def to_json(value):
    """The bytes of profile `json`."""
    return write(value).encode("utf-8")


def write(value):
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return text_of(decimal_of(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(write(key) + ":" + write(item) for key, item in value.items()) + "}"
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(short.get(c, c if c >= " " else "\\u%04x" % ord(c)) for c in value) + '"'


def main(arguments):
    if len(arguments) < 2 or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 64
    with open(arguments[0], "rb") as file:
        dictionary = file.read()
    for name in arguments[1:]:
        with open(name, "rb") as file:
            try:
                text = to_json(decode(file.read(), dictionary))
            except BadBatch as error:
                print("%s: %s" % (name, error), file=sys.stderr)
                return 65
        sys.stdout.buffer.write(text + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
