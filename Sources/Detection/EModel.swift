public import Settings
public import Verdict

/// What listeners would say of an audio stream: the E-model of ITU-T G.107 (2015), reduced to what packets tell - loss, how
/// it is clustered - and what has to be assumed: codec, concealment, delay.
///
/// Claims nothing about interference: a bad line and a throttled one sound the same. Ie and Bpl of G.711 with concealment
/// and of G.729 are those of ITU-T G.113 Appendix I; there are none for Opus, for which those of G.711 stand in.
/// METHOD.md M5.
public enum EModel {
  /// An estimate for a payload type, a share of lost packets (0 to 1) and a burst ratio (1 for random loss).
  public static func estimate(
    payloadType: UInt8, loss: Double, burstRatio: Double, _ assumed: Thresholds.Quality
  ) -> QualityEstimate {
    let isG729 = payloadType == 18
    let equipment = (isG729 ? assumed.equipmentG729 : assumed.equipmentG711).value
    let robustness = (isG729 ? assumed.robustnessG729 : assumed.robustnessG711).value
    let delay = assumed.delay.value
    let rating = rating(
      loss: loss, burstRatio: burstRatio, equipment: equipment, robustness: robustness, delay: delay)
    return QualityEstimate(
      mos: score(rating), rating: rating, equipment: equipment, robustness: robustness, delay: delay,
      burstRatio: burstRatio)
  }

  /// R = 93.2 - Id - Ie,eff (G.107 sections 7.1 to 7.5 with their default values); delay from mouth to ear in ms.
  static func rating(
    loss: Double, burstRatio: Double, equipment: Double, robustness: Double, delay: Double
  ) -> Double {
    let percent = 100 * loss
    let effective = equipment + (95 - equipment) * percent / (percent / burstRatio + robustness)
    let impairment = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0)
    return 93.2 - impairment - effective
  }

  /// G.107 annex B: R to mean opinion score.
  static func score(_ rating: Double) -> Double {
    if rating <= 0 { return 1 }
    if rating >= 100 { return 4.5 }
    return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
  }
}
