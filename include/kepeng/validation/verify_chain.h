// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Checks again what is on disk: the last blocks of the chain, and the coins against them.
//
// Level 0 reads the blocks, 1 checks each by itself, 2 reads the undo data, 3 takes the blocks back on a copy of the
// coins and looks at every coin they made and spent, 4 judges them again with their coins and scripts. Reads through
// the engine and changes nothing; from level 3 on the coins are flushed first. Takes long, may run on any thread. What
// does not agree is a finding, a failure to read a Fault.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <kepeng/validation/engine.h>

namespace kepeng::validation {

struct VerifyRequest {
  int level = 3;
  Height blocks = 6;              // 0: all
  std::function<bool()> go_on{};  // asked between blocks; empty: yes
  // Part of the work that is done, 0 to 1; may be empty.
  std::function<void(double)> progress{};
};

struct VerifyReport {
  Height blocks_checked = 0;
  bool is_interrupted = false;
  // Coins were not compared with the deepest blocks: pruned, or too many of them for memory.
  bool is_partial = false;
  std::optional<std::string> finding{};  // the first thing that is wrong, as a sentence

  bool is_good() const { return !finding.has_value(); }
};

Result<VerifyReport, Fault> verify_chain(Engine& engine, const VerifyRequest& request);

}  // namespace kepeng::validation
