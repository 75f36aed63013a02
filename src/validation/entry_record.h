// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Between an entry in the tree and its row in the block index. Private to validation.
#pragma once

#include <kepeng/chain/entry.h>
#include <kepeng/storage/index_records.h>

namespace kepeng::validation {

storage::BlockIndexRecord to_record(const chain::Entry& entry);
// Sets what the row says beyond the header.
void apply_record(const storage::BlockIndexRecord& record, const chain::Entry& entry);

}  // namespace kepeng::validation
