import Flow
import Settings
import TestSupport
import Testing
import Verdict

@testable import Detection

/// What a finding shares with an earlier one (METHOD.md M1.5).
@Suite struct ResidualTests {
  private let limits = Thresholds().reset

  private func hit(_ outcome: Outcome = .reset) -> Judgment {
    Judgment(outcome, .resetInjected, grade: .consistent, reason: Phrase("Reset."))
  }

  private func flow(at seconds: Int64, to server: IPAddress = server) -> FlowObservation {
    var flow = Made.connection(to: server)
    flow.first = start + seconds * second
    return flow
  }

  private func code(
    after earlier: [(seconds: Int64, server: IPAddress, name: String?)], at seconds: Int64, name: String?
  ) -> String? {
    var residual = Residual()
    for one in earlier { residual.note(hit(), of: flow(at: one.seconds, to: one.server), name: one.name) }
    return residual.evidence(of: flow(at: seconds), name: name, limits).map { "\($0.code)" }
  }

  @Test func retriesOfAServerOrANameAreTold() {
    #expect(code(after: [(0, server, "a.example")], at: 60, name: "a.example") == "residual")
    #expect(code(after: [(0, server, "a.example")], at: 60, name: "b.example") == "residual_other_name")
    #expect(code(after: [(0, server, nil)], at: 60, name: nil) == "residual")
    #expect(code(after: [(0, other, "a.example")], at: 60, name: "a.example") == "same_name_elsewhere")
  }

  @Test func nothingIsSharedWithWhatCameLaterLongAgoOrElsewhere() {
    #expect(code(after: [(60, server, "a.example")], at: 0, name: "a.example") == nil)
    #expect(code(after: [(0, server, "a.example")], at: 481, name: "a.example") == nil)
    #expect(code(after: [(0, other, "a.example")], at: 60, name: "b.example") == nil)
    #expect(code(after: [(0, other, nil)], at: 60, name: nil) == nil)
    var residual = Residual()
    residual.note(hit(.capped), of: flow(at: 0), name: nil)
    #expect(residual.evidence(of: flow(at: 60), name: nil, limits) == nil, "a cap hits no connection")
  }
}
