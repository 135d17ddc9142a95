/// One of the 19 patterns of connections that end early (Sundara Raman et al., SIGCOMM 2023, Table 1), seen from the end that
/// receives: the last things one side sent. `syn`, `ack`, `psh` and `data` say how far the connection was, the rest what
/// came instead of its continuation: nothing, or resets with or without ACK.
///
/// A pattern is no verdict: closed tabs, scanners and lost links leave the same ones behind.
public enum StageSignature: String, Sendable, BitwiseCopyable, CaseIterable {
  case synNothing = "syn_nothing"
  case synRST = "syn_rst"
  case synRSTACK = "syn_rst_ack"
  case synRSTAndRSTACK = "syn_rst_and_rst_ack"
  case ackNothing = "ack_nothing"
  case ackRST = "ack_rst"
  case ackRSTs = "ack_rsts"
  case ackRSTACK = "ack_rst_ack"
  case ackRSTACKs = "ack_rst_acks"
  case pshNothing = "psh_nothing"
  case pshRST = "psh_rst"
  case pshRSTACK = "psh_rst_ack"
  case pshRSTAndRSTACK = "psh_rst_and_rst_ack"
  case pshRSTACKs = "psh_rst_acks"
  case pshRSTsSameACK = "psh_rsts_same_ack"
  case pshRSTsOtherACK = "psh_rsts_other_ack"
  case pshRSTsZeroACK = "psh_rsts_zero_ack"
  case dataRST = "data_rst"
  case dataRSTACK = "data_rst_ack"
}
