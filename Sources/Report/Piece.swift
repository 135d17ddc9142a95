/// The fixed text between the values of a flow line and a verdict, named by the key that it ends with.
///
/// Computed, not stored: a stored constant of this type would be asked at every use whether it was made already.
enum Piece {
  static var null: StaticString { "null" }
  static var flowID: StaticString { "{\"record\":\"flow\",\"schema\":1,\"id\":\"" }
  static var communityID: StaticString { "\",\"community_id\":\"" }
  static var captureName: StaticString { "\",\"capture\":" }
  static var udpClient: StaticString { ",\"transport\":\"udp\",\"client\":" }
  static var tcpClient: StaticString { ",\"transport\":\"tcp\",\"client\":" }
  static var server: StaticString { ",\"server\":" }
  static var first: StaticString { ",\"first_ns\":" }
  static var last: StaticString { ",\"last_ns\":" }
  static var wireProtocol: StaticString { ",\"protocol\":\"" }
  static var application: StaticString { "\",\"app\":" }
  static var applicationGrade: StaticString { ",\"app_grade\":" }
  static var role: StaticString { ",\"role\":\"" }
  static var serverName: StaticString { "\",\"server_name\":" }
  static var call: StaticString { ",\"call\":" }
  static var streams: StaticString { ",\"streams\":[" }
  static var repeats: StaticString { ",\"repeats\":true" }
  static var verdict: StaticString { ",\"verdict\":{" }
  static var provisional: StaticString { ",\"provisional\":true" }
  static var endOfRecord: StaticString { "}\n" }
  static var ip: StaticString { "{\"ip\":\"" }
  static var port: StaticString { "\",\"port\":" }
  static var packets: StaticString { ",\"packets\":" }
  static var bytes: StaticString { ",\"bytes\":" }
  static var stunRequests: StaticString { ",\"stun\":{\"requests\":" }
  static var responses: StaticString { ",\"responses\":" }
  static var errors: StaticString { ",\"errors\":" }
  static var indications: StaticString { ",\"indications\":" }
  static var retransmissions: StaticString { ",\"retransmissions\":" }
  static var unanswered: StaticString { ",\"unanswered\":" }
  static var realm: StaticString { ",\"realm\":" }
  static var software: StaticString { ",\"software\":" }
  static var ssrc: StaticString { "{\"ssrc\":" }
  static var payloadType: StaticString { ",\"payload_type\":" }
  static var direction: StaticString { ",\"direction\":\"" }
  static var streamPackets: StaticString { "\",\"packets\":" }
  static var expected: StaticString { ",\"expected\":" }
  static var lost: StaticString { ",\"lost\":" }
  static var outOfOrder: StaticString { ",\"out_of_order\":" }
  static var duplicates: StaticString { ",\"duplicates\":" }
  static var jitter: StaticString { ",\"jitter_ms\":" }
  static var jitterMax: StaticString { ",\"jitter_max_ms\":" }
  static var clockRate: StaticString { ",\"clock_hz\":" }
  static var bitrate: StaticString { ",\"bitrate_bps\":" }
  static var meanOpinionScore: StaticString { ",\"mos\":" }
  static var ja4: StaticString { ",\"ja4\":\"" }
  static var outerHello: StaticString { ",\"ech\":true" }
  static var tcpState: StaticString { ",\"tcp\":{\"state\":" }
  static var history: StaticString { ",\"history\":" }
  static var synRTT: StaticString { ",\"syn_rtt_ms\":" }
  static var retransmissionsOfClient: StaticString { ",\"retransmissions\":{\"client\":" }
  static var resetsOfClient: StaticString { "},\"resets\":{\"client\":" }
  static var connectionStage: StaticString { "},\"stage\":" }
  static var signatureOfClient: StaticString { ",\"signature\":{\"client\":" }
  static var outcome: StaticString { "\"outcome\":\"" }
  static var okThenScore: StaticString {
    """
    "outcome":"ok","finding":false,"mechanism":null,"direction":null,"attribution":null,"grade":"none","score":
    """
  }
  static var inconclusiveThenScore: StaticString {
    """
    "outcome":"inconclusive","finding":false,"mechanism":null,"direction":null,"attribution":null,\
    "grade":"inconclusive","score":
    """
  }
  static var mechanism: StaticString { ",\"mechanism\":" }
  static var verdictDirection: StaticString { ",\"direction\":" }
  static var attribution: StaticString { ",\"attribution\":" }
  static var verdictGrade: StaticString { ",\"grade\":\"" }
  static var score: StaticString { "\",\"score\":" }
  static var capRate: StaticString { ",\"cap_bps\":" }
  static var window: StaticString { ",\"window\":" }
  static var lossUp: StaticString { ",\"loss\":{\"up\":" }
  static var lossDown: StaticString { ",\"down\":" }
  static var reason: StaticString { "},\"reason\":\"" }
  static var noLossThenReason: StaticString {
    """
    ,"cap_bps":null,"window":null,"loss":{"up":null,"down":null},"reason":"
    """
  }
  static var evidence: StaticString { "\",\"evidence\":[" }
  static var noEvidenceThenGap: StaticString { "\",\"evidence\":[],\"gap\":" }
  static var gap: StaticString { "],\"gap\":" }
  static var power: StaticString { ",\"power\":" }
  static var noDetails: StaticString {
    ",\"tests\":[],\"excluders\":[],\"cap\":null,\"scope\":null,\"also\":[],\"alternatives\":[]"
  }
  static var alternatives: StaticString { "],\"alternatives\":" }
  static var tests: StaticString { ",\"tests\":" }
  static var testName: StaticString { "{\"name\":" }
  static var trials: StaticString { ",\"trials\":" }
  static var probability: StaticString { ",\"p\":" }
  static var examined: StaticString { ",\"examined\":" }
  static var excluders: StaticString { ",\"excluders\":" }
  static var result: StaticString { ",\"result\":\"" }
  static var endOfWord: StaticString { "\"}" }
  static var cap: StaticString { ",\"cap\":" }
  static var low: StaticString { "{\"low_bps\":" }
  static var high: StaticString { ",\"high_bps\":" }
  static var bucket: StaticString { ",\"bucket_bytes\":" }
  static var scope: StaticString { ",\"scope\":" }
  static var also: StaticString { ",\"also\":[" }
  static var code: StaticString { "{\"code\":" }
  static var detail: StaticString { ",\"detail\":" }
  static var seen: StaticString { ",\"seen\":" }
  static var needed: StaticString { ",\"needed\":" }
  static var effect: StaticString { "{\"effect\":" }
  static var value: StaticString { ",\"value\":" }
  static var secondaryOutcome: StaticString { "{\"outcome\":\"" }
  static var secondaryMechanism: StaticString { "\",\"mechanism\":" }
  static var windowFirst: StaticString { "{\"first_ns\":" }
  static var finding: StaticString { "\",\"finding\":true" }
  static var noFinding: StaticString { "\",\"finding\":false" }
}
