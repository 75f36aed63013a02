// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Blocks and headers as JSON, with the members and the order that bitcoind gives them; RPC and REST share it.
//
// Everything is streamed into the writer. Reading a block that was pruned, or never was here, is an RpcError in
// bitcoind's words. Thread-safe, like the engine.
#pragma once

#include <kepeng/json/writer.h>
#include <kepeng/rpc/error.h>
#include <kepeng/validation/engine.h>

namespace kepeng::rpc {

// "207fffff".
std::string bits_text(CompactTarget target);
// 64 digits.
std::string target_text(CompactTarget target);
// 1 for the tip, -1 for a block beside the chain.
std::int64_t confirmations_of(const chain::ChainView& view, const chain::Entry* entry);
// How far along the chain this block is, from 0 to 1, as bitcoind guesses it.
double verification_progress(const validation::Engine& engine, const chain::Entry* entry, UnixTime now);

// hash ... nTx, previousblockhash, nextblockhash.
void write_header_members(json::Writer& out, const chain::ChainView& view, const chain::Entry* entry);

enum class BlockDetail : std::uint8_t { Txids, Transactions, Prevouts };
// A whole block as one object.
Result<Unit, RpcError> write_block(json::Writer& out, const validation::Engine& engine, const chain::Entry* entry,
                                   BlockDetail detail);

Result<BlockPtr, RpcError> block_of(const validation::Engine& engine, const chain::Entry* entry);
// What the block's transactions spent; nothing for genesis.
Result<storage::BlockUndo, RpcError> undo_of(const validation::Engine& engine, const chain::Entry* entry,
                                             const Block& block);

}  // namespace kepeng::rpc
