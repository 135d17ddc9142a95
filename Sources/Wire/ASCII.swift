/// Four characters as the big-endian number that they are on the wire; folds to a constant.
@inline(always)
func ascii(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar, _ fourth: Unicode.Scalar)
  -> UInt32
{
  UInt32(UInt8(ascii: first)) << 24 | UInt32(UInt8(ascii: second)) << 16 | UInt32(UInt8(ascii: third)) << 8
    | UInt32(UInt8(ascii: fourth))
}

/// Four characters in lower case, wherever they are letters: sets bit 5 of each, which separators survive.
@inline(always)
func lowercased(_ word: UInt32) -> UInt32 { word | 0x2020_2020 }
