/// A `flow` line.
public struct FlowRecord: Sendable {
  /// First 64 bits of the SHA-256 that names the flow; 16 hex digits in text.
  public var id: UInt64
  /// Community ID v1, seed 0.
  public var communityID: CommunityID
  /// Transport.
  public var transport: Transport
  /// Initiator.
  public var client: EndpointRecord
  /// Responder.
  public var server: EndpointRecord
  /// First packet, ns since the epoch.
  public var first: Int64
  /// Last packet, ns since the epoch.
  public var last: Int64
  /// Frame number of the first packet: the order of records.
  public var firstFrame: UInt64
  /// Most specific wire protocol.
  public var wireProtocol: WireProtocol
  /// Application.
  public var application: Application?
  /// How well it is known.
  public var applicationGrade: ApplicationGrade?
  /// What the flow was for.
  public var role: Role
  /// SNI, else a DNS answer seen earlier.
  public var serverName: String?
  /// The call it belongs to.
  public var call: UInt64?
  /// STUN messages, if any.
  public var stun: STUNRecord?
  /// RTP streams, if any.
  public var streams: [StreamRecord]
  /// JA4 of its ClientHello, if all of that was seen.
  public var ja4: JA4?
  /// Its ClientHello carries an encrypted one, or random bytes that look like one: the server's name may be the
  /// provider's public one.
  public var hasOuterHello = false
  /// What was sent by time, if it was asked for.
  public var bins: BinsRecord?
  /// TCP facts.
  public var tcp: TCPRecord?
  /// The verdict.
  public var verdict: Judgment
  /// What two capture points say about its packets, where there are two.
  public var twoPoints: TwoPointRecord?
  /// Media that are not RTP, if any.
  public var opaque: OpaqueMediaRecord?
  /// Pings of a relay, if any.
  public var pings: PingRecord?
  /// SRTCP by its indices; nil if these are not known.
  public var control: ControlRecord?
  /// What the other side's reports say of this side's media, if anything.
  public var upstream: UpstreamEstimate?
  /// The flow goes on: what is said may be revised.
  public var isProvisional = false

  /// A record to be filled.
  public init() {
    self.init(
      id: 0, communityID: CommunityID(high: 0, middle: 0, low: 0), transport: .udp,
      client: EndpointRecord(address: IPAddress(v4: 0), port: 0, packets: 0, bytes: 0),
      server: EndpointRecord(address: IPAddress(v4: 0), port: 0, packets: 0, bytes: 0), first: 0, last: 0,
      firstFrame: 0, wireProtocol: .unknown, application: nil, applicationGrade: nil, role: .other, serverName: nil,
      call: nil, stun: nil, streams: [], tcp: nil,
      verdict: Judgment(.inconclusive, grade: .inconclusive, reason: Phrase("")))
  }

  /// A flow line.
  @inlinable
  public init(
    id: UInt64, communityID: CommunityID, transport: Transport, client: EndpointRecord, server: EndpointRecord,
    first: Int64, last: Int64, firstFrame: UInt64, wireProtocol: WireProtocol, application: Application?,
    applicationGrade: ApplicationGrade?, role: Role, serverName: String?, call: UInt64?, stun: STUNRecord?,
    streams: [StreamRecord], tcp: TCPRecord?, verdict: Judgment
  ) {
    self.id = id
    self.communityID = communityID
    self.transport = transport
    self.client = client
    self.server = server
    self.first = first
    self.last = last
    self.firstFrame = firstFrame
    self.wireProtocol = wireProtocol
    self.application = application
    self.applicationGrade = applicationGrade
    self.role = role
    self.serverName = serverName
    self.call = call
    self.stun = stun
    self.streams = streams
    self.tcp = tcp
    self.verdict = verdict
  }
}
