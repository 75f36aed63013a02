// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "spent_file.h"

namespace kepeng::tools {

Result<std::vector<SpentRecord>, std::string> read_spent_records(ByteView raw, const Block& block) {
  Cursor cursor{raw};
  const bool is_ours = as_text(cursor.read_bytes(4)) == "KSPO" && cursor.read_le<std::uint32_t>() == 1;
  if (!is_ours) return Err{std::string{"the file of spent outputs is no KSPO file of version 1"}};
  if (!equal(cursor.read_bytes(32), block.hash().view())) {
    return Err{std::string{"the file of spent outputs belongs to another block"}};
  }
  const auto count = cursor.read_le<std::uint32_t>();
  if (std::uint64_t{count} + 1 != block.inputs().size()) {
    return Err{std::string{"the file of spent outputs does not match the number of inputs"}};
  }
  std::vector<SpentRecord> records(count);
  for (SpentRecord& record : records) {
    const auto value = cursor.read_le<std::int64_t>();
    const auto height = cursor.read_le<std::uint32_t>();
    record.is_coinbase = cursor.read_le<std::uint8_t>() == 1;
    record.script = cursor.read_var_bytes();
    if (value >= 0) record.value = Amount{value};
    if (height <= INT32_MAX) record.height = static_cast<Height>(height);
  }
  if (!cursor.ok() || cursor.remaining() != 0) return Err{std::string{"the file of spent outputs is damaged"}};
  return records;
}

}  // namespace kepeng::tools
