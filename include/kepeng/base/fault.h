// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Fault: we failed (disk, database, memory, configuration). Never a verdict about a block, transaction or peer.
//
// `message` is a whole sentence for the operator: it names the file and says what to do next where that is known.
// Value type. Pure modules do not name it.
#pragma once

#include <string>

namespace kepeng {

enum class FaultKind {
  Io,           // a read, write or sync failed
  DiskFull,     // ENOSPC, EDQUOT
  NotFound,     // a file or record that may be absent
  Corruption,   // bytes on disk are not what was written
  Busy,         // a lock is held by another process
  Unsupported,  // a newer format, or one that is not ours
  Config,       // an option or argument cannot be used
  Interrupted,  // shutdown was asked for
  Internal,
};

struct Fault {
  FaultKind kind = FaultKind::Internal;
  std::string message;
};

}  // namespace kepeng
