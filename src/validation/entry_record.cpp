// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "entry_record.h"

namespace kepeng::validation {

namespace status = storage::block_status;

storage::BlockIndexRecord to_record(const chain::Entry& entry) {
  storage::BlockIndexRecord record;
  record.hash = entry.hash;
  record.header = entry.header;
  record.height = entry.height;
  record.status = static_cast<std::uint32_t>(entry.validity.load());
  if (entry.has_data) record.status |= status::kHaveData | status::kOptWitness;
  if (entry.has_undo) record.status |= status::kHaveUndo;
  if (entry.is_failed) record.status |= status::kFailedValid;
  if (entry.has_failed_parent) record.status |= status::kFailedChild;
  record.transactions = entry.transactions;
  record.file = entry.file;
  record.data_offset = entry.data_offset;
  record.undo_offset = entry.undo_offset;
  return record;
}

void apply_record(const storage::BlockIndexRecord& record, const chain::Entry& entry) {
  entry.validity = static_cast<chain::Validity>(record.status & status::kValidMask);
  entry.has_data = (record.status & status::kHaveData) != 0;
  entry.has_undo = (record.status & status::kHaveUndo) != 0;
  entry.is_failed = (record.status & status::kFailedValid) != 0;
  entry.transactions = record.transactions;
  entry.file = record.file;
  entry.data_offset = record.data_offset;
  entry.undo_offset = record.undo_offset;
}

}  // namespace kepeng::validation
