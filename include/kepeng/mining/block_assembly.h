// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Blocks of our own making, for generateblock and its like.
//
// `assemble` builds a block on a parent that pays subsidy and fees to one script; `solve` searches its proof of work.
// Pure functions.
#pragma once

#include <functional>
#include <span>

#include <kepeng/chain/entry.h>
#include <kepeng/params/network.h>
#include <kepeng/primitives/mutable_transaction.h>

namespace kepeng::mining {

struct Assembly {
  const chain::Entry* parent = nullptr;
  ByteView payout_script;
  std::span<const TxPtr> transactions{};  // besides the coinbase, in order
  UnixTime now;
  std::optional<std::int32_t> version{};
  Amount fees{};  // of the transactions, as far as they are to be claimed
};

struct DraftBlock {
  BlockHeader header;
  std::vector<TxPtr> transactions;
};

DraftBlock assemble(const Assembly& assembly, const params::NetworkParams& network);

// The earliest time that a block on this parent may have.
UnixTime earliest_time(const chain::Entry& parent, const params::NetworkParams& network);
// The output by which a coinbase commits to the witnesses of these transactions (BIP141).
Bytes commitment_script(std::span<const TxPtr> transactions);

// Counts up the nonce until the hash meets the target, at most `tries` times (which are counted down) and as long as
// `go_on` says so. False when it was given up.
bool solve(BlockHeader& header, std::uint64_t& tries, const std::function<bool()>& go_on);

}  // namespace kepeng::mining
