public import Verdict

/// Turns a detector's phrase into words: units and number forms are chosen here and nowhere else.
///
/// Durations `44.5 s`, `850 ms`, `3 min 20 s`; bytes `1200 bytes`, `12.4 KB` (1000-based); rates `43.2 kbit/s`; shares
/// `4.2 %`; p-values with their letter, `p = 2e-05`; endpoints `1.2.3.4:80`, `[2001:db8::1]:80`; frames `frame 123`.
/// A place without a quantity becomes `?`; a quantity without a place is left out.
public enum Sentence {
  /// The phrase as text.
  public static func text(_ phrase: Phrase) -> String {
    var line = LineBuffer()
    line.phrase(phrase)
    return String(decoding: line.bytes, as: UTF8.self)
  }

  /// The quantity as text.
  public static func text(_ quantity: Quantity) -> String {
    var line = LineBuffer()
    line.quantity(quantity)
    return String(decoding: line.bytes, as: UTF8.self)
  }
}

extension LineBuffer {
  /// Appends a phrase with its quantities; its fixed text is escaped for a JSON string if asked.
  mutating func phrase(_ phrase: Phrase, escaping: Bool = false) {
    withBytes(of: phrase.template) { $0.phrase($1, phrase, escaping: escaping) }
  }

  private mutating func phrase(_ source: borrowing Span<UInt8>, _ phrase: borrowing Phrase, escaping: Bool) {
    var place = 0
    var index = 0
    let count = source.count
    while index < count {
      let rest = count &- index
      if count >= 8 {
        // At the end of the text its last eight bytes, those that are written already moved out: zeros take their place,
        // which are not plain.
        let written = UInt64(truncatingIfNeeded: max(0, 64 &- 8 &* rest))
        let eight = Self.load(source, at: min(index, count &- 8)) &>> written
        let plain = Self.plainBytes(eight)
        word(eight, length: plain)
        index &+= plain
        if plain == 8 || plain == rest { continue }
      }
      if source[index] == 0x7B, index + 1 < count, source[index + 1] == 0x7D {
        let value = place < 4 ? phrase.values.span[place] : .nothing
        quantity(value)
        place += 1
        index += 2
        if case .count(1) = value { index += afterOne(source, index) }
        continue
      }
      if escaping { escaped(source[index]) } else { byte(source[index]) }
      index += 1
    }
  }

  /// Appends a quantity with its unit.
  mutating func quantity(_ quantity: Quantity) {
    switch quantity {
    case .nothing: byte(0x3F)
    case .count(let value): integer(Int64(value))
    case .duration(let nanoseconds): duration(nanoseconds)
    case .bytes(let value): byteCount(value)
    case .rate(let bitsPerSecond): scaled(Double(bitsPerSecond), base: "bit/s", kilo: "kbit/s", "Mbit/s", "Gbit/s")
    case .share(let value): share(value)
    case .probability(let value):
      text("p = ")
      number(value) { $0.probability($1) }
    case .number(let value): number(value) { $0.decimal($1, 1) }
    case .hundredths(let value): number(value) { $0.decimal($1, 2) }
    case .endpoint(let address, let port): endpoint(address, port: port)
    case .frame(let number):
      text("frame ")
      unsigned(number)
    }
  }

  /// Appends a number, or `?` where there is none.
  private mutating func number(_ value: Double, _ write: (inout LineBuffer, Double) -> Void) {
    if value.isFinite { write(&self, value) } else { byte(0x3F) }
  }

  /// Appends a duration with two or three digits that matter.
  mutating func duration(_ nanoseconds: Int64) {
    if nanoseconds < 0 { byte(0x2D) }
    let magnitude = nanoseconds.magnitude
    switch magnitude {
    case 0: text("0 s")
    case ..<1_000:
      unsigned(magnitude)
      text(" ns")
    case ..<999_500:
      unsigned((magnitude + 500) / 1_000)
      text(" us")
    case ..<99_950_000:
      decimal(Double((magnitude + 50_000) / 100_000) / 10, 1)
      text(" ms")
    case ..<999_500_000:
      unsigned((magnitude + 500_000) / 1_000_000)
      text(" ms")
    case ..<59_950_000_000:
      decimal(Double((magnitude + 50_000_000) / 100_000_000) / 10, 1)
      text(" s")
    default: minutes((magnitude / 500_000_000 + 1) / 2)
    }
  }

  private mutating func minutes(_ seconds: UInt64) {
    let hours = seconds / 3_600
    let minutes = seconds / 60 % 60
    if hours > 0 {
      unsigned(hours)
      text(" h")
    }
    if minutes > 0 {
      text(hours > 0 ? " " : "")
      unsigned(minutes)
      text(" min")
    }
    if hours == 0, seconds % 60 > 0 {
      text(" ")
      unsigned(seconds % 60)
      text(" s")
    }
  }

  private mutating func byteCount(_ value: Int) {
    if value.magnitude < 10_000 {
      integer(Int64(value))
      text(value == 1 ? " byte" : " bytes")
    } else {
      scaled(Double(value), base: "bytes", kilo: "KB", "MB", "GB")
    }
  }

  /// Appends a value with one decimal in the unit that keeps it below 1000.
  private mutating func scaled(_ value: Double, base: String, kilo: String, _ mega: String, _ giga: String) {
    switch value.magnitude {
    case ..<1_000: decimal(value, 1)
    case ..<999_950: decimal(value / 1e3, 1)
    case ..<999_950_000: decimal(value / 1e6, 1)
    default: decimal(value / 1e9, 1)
    }
    byte(0x20)
    switch value.magnitude {
    case ..<1_000: text(base)
    case ..<999_950: text(kilo)
    case ..<999_950_000: text(mega)
    default: text(giga)
    }
  }

  /// Appends a percentage that never rounds to 0 or to 100 what is neither.
  private mutating func share(_ value: Double) {
    guard value.isFinite else { return text("? %") }
    let percent = value * 100
    switch percent {
    case 0.0.nextUp..<0.01: text("< 0.01")
    case 99.95..<100: text("> 99.9")
    case 0..<1: decimal(percent, 2)
    default: decimal(percent, 1)
    }
    text(" %")
  }
}
