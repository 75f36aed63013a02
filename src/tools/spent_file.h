// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The outputs that a block spends, as a file: "KSPO", version 1, block hash, count, then one record for each input but
// the coinbase's, in block order: i64 value (-1: not known), u32 height (0xffffffff: not known), one byte coinbase
// (255: not known), script with its length. Private to tools.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/result.h>
#include <kepeng/primitives/block.h>

namespace kepeng::tools {

struct SpentRecord {
  std::optional<Amount> value;
  std::optional<Height> height;
  bool is_coinbase = false;
  ByteView script;

  // Value and script are known; the script alone may be.
  bool is_complete() const { return value.has_value(); }
  bool has_script() const { return is_complete() || !script.empty(); }
};

// The records hold views of `raw`. An error says what is wrong with the file.
Result<std::vector<SpentRecord>, std::string> read_spent_records(ByteView raw, const Block& block);

}  // namespace kepeng::tools
