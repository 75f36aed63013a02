// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Counters of the engine, from the first block on: where time and bytes go. Written by the threads that do the work,
// read by anybody; each is exact by itself.
#pragma once

#include <atomic>
#include <cstdint>

namespace kepeng::validation {

struct Counters {
  using Count = std::atomic<std::uint64_t>;

  Count blocks_connected{0};
  Count blocks_disconnected{0};
  Count transactions_connected{0};
  Count inputs_connected{0};
  Count inputs_verified{0};
  Count parse_ns{0};      // parse, hash and check, all runners together
  Count script_ns{0};     // scripts, all runners together, processor time
  Count signature_ns{0};  // of that, inside signature verification
  Count signatures{0};
  Count undo_ns{0};        // building undo records
  Count apply_ns{0};       // chain thread
  Count intake_ns{0};      // chain thread: placing and storing
  Count settle_ns{0};      // chain thread: undo files, index, publishing
  Count chain_idle_ns{0};  // chain thread, nothing to do
  Count flush_ns{0};       // flushing thread
  Count flushes{0};
  Count coins_written{0};
  Count coins_erased{0};
  Count chainstate_bytes{0};  // keys and values handed to the database
  Count run_ahead_max{0};     // blocks
};

}  // namespace kepeng::validation
