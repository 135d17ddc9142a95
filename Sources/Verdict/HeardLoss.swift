/// What losses do to what is heard and seen, by their pattern. Never evidence of interference: a bad line sounds the same.
public enum HeardLoss: String, Sendable, CaseIterable, BitwiseCopyable {
  /// Video lost packets: the picture stands still until the next whole one.
  case frozenVideo = "frozen_video"
  /// Speech lost single packets all over: concealment makes it metallic, hoarse, as a robot's.
  case metallicVoice = "metallic_voice"
  /// Speech lost whole stretches: syllables and words are missing.
  case dropOuts = "drop_outs"
}
