import Settings
import Testing
import Verdict

@testable import Detection

/// Scores of speech against the values that G.107's formulas give (METHOD.md M5).
@Suite struct EModelTests {
  @Test(arguments: [(0.0, 4.36), (0.01, 4.26), (0.03, 4.05), (0.05, 3.82), (0.1, 3.29), (0.2, 2.51), (0.3, 2.02)])
  func g711WithRandomLoss(loss: Double, score: Double) {
    let estimate = EModel.estimate(payloadType: 0, loss: loss, burstRatio: 1, Thresholds().quality)
    #expect(abs(estimate.mos - score) < 0.01)
  }

  @Test(arguments: [(0.1, 2.96), (0.2, 1.65)])
  func clusteredLossSoundsWorse(loss: Double, score: Double) {
    let estimate = EModel.estimate(payloadType: 0, loss: loss, burstRatio: 3, Thresholds().quality)
    #expect(abs(estimate.mos - score) < 0.01)
  }

  @Test func g729StartsLower() {
    let assumed = Thresholds().quality
    let plain = EModel.estimate(payloadType: 18, loss: 0, burstRatio: 1, assumed)
    #expect(plain.equipment == 11 && plain.mos < EModel.estimate(payloadType: 8, loss: 0, burstRatio: 1, assumed).mos)
  }

  @Test func theScoreStaysWithinItsScale() {
    #expect(EModel.score(-20) == 1)
    #expect(EModel.score(120) == 4.5)
    #expect(EModel.estimate(payloadType: 0, loss: 1, burstRatio: 8, Thresholds().quality).mos == 1)
  }

  @Test func longDelayCounts() {
    let near = EModel.rating(loss: 0, burstRatio: 1, equipment: 0, robustness: 25.1, delay: 100)
    let far = EModel.rating(loss: 0, burstRatio: 1, equipment: 0, robustness: 25.1, delay: 400)
    #expect(abs(near - 90.8) < 0.01)
    #expect(abs(near - far - (0.024 * 300 + 0.11 * 222.7)) < 0.01)
  }
}
