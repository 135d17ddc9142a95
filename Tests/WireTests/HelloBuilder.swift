// Hand-laid ClientHellos, so that a test can vary one field.

/// An extension: type, length, data.
func helloExtension(_ type: UInt16, _ data: [UInt8]) -> [UInt8] { word(Int(type)) + word(data.count) + data }

/// 16 bits, big-endian.
func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }

/// server_name with one host name.
func serverName(_ name: String) -> [UInt8] {
  helloExtension(0, word(name.utf8.count + 3) + [0] + word(name.utf8.count) + text(name))
}

/// use_srtp: AES128_CM_80 and _32, no MKI.
let useSRTP = helloExtension(14, hex("0004 0001 0002 00"))
/// supported_versions with DTLS 1.3 and 1.2.
let dtls13 = helloExtension(43, hex("04 fefc fefd"))
/// supported_versions with a reserved one, TLS 1.3 and 1.2.
let tls13 = helloExtension(43, hex("06 0a0a 0304 0303"))
/// ALPN: h2, http/1.1.
let alpn = helloExtension(16, hex("000c 026832 08687474702f312e31"))

/// A ClientHello's body; DTLS if there is a cookie.
func tlsBody(version: Int, cookie: [UInt8]?, extensions: [[UInt8]]) -> [UInt8] {
  let joined = extensions.flatMap { $0 }
  var body = word(version) + run(0x42, 32) + [4, 1, 2, 3, 4]
  if let cookie { body += [UInt8(cookie.count)] + cookie }
  body += word(6) + hex("1301 c02b c02f") + [1, 0]
  return body + word(joined.count) + joined
}

/// A ClientHello message for TLS.
func tlsMessage(_ body: [UInt8]) -> [UInt8] { [1, 0] + word(body.count) + body }

/// The message in one TLS record, or in records of `size` bytes.
func tlsRecord(handshake body: [UInt8], size: Int = 16_384) -> [UInt8] {
  let message = tlsMessage(body)
  var stream: [UInt8] = []
  var start = 0
  while start < message.count {
    let end = min(start + size, message.count)
    stream += hex("160301") + word(end - start) + message[start..<end]
    start = end
  }
  return stream
}

/// The first `fragment` bytes of a ClientHello (all, if nil) in a DTLS record of epoch 0.
func dtlsRecord(handshake body: [UInt8], fragment: Int? = nil) -> [UInt8] {
  let length = fragment ?? body.count
  let message = [1, 0] + word(body.count) + word(0) + [0, 0, 0, 0] + word(length) + body[0..<length]
  return hex("16 feff 0000 000000000000") + word(message.count) + message
}
