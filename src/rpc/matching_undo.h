// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The undo data of a block, proven to have an entry for each input: what comes from the disk is not trusted to fit.
// Private to rpc.
#pragma once

#include <kepeng/validation/engine.h>

namespace kepeng::rpc {

// `block` is that of `entry`. Nothing for genesis.
Result<storage::BlockUndo, Fault> read_matching_undo(const validation::Engine& engine, const chain::Entry* entry,
                                                     const Block& block);

}  // namespace kepeng::rpc
