// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <atomic>
#include <optional>
#include <ostream>
#include <thread>

#include <kepeng/base/hex.h>
#include <kepeng/primitives/block_header.h>

#include "commands.h"

namespace kepeng::tools {
namespace {

constexpr std::uint64_t kNonces = std::uint64_t{1} << 32;

// Every thread tries each nth nonce; the first that finds one stops all.
std::optional<std::uint32_t> find_nonce(const BlockHeader& start, unsigned threads) {
  std::atomic<std::uint64_t> found{kNonces};
  const auto search = [&](unsigned first) {
    BlockHeader header = start;
    for (std::uint64_t nonce = first; nonce < kNonces && found == kNonces; nonce += threads) {
      header.nonce = static_cast<std::uint32_t>(nonce);
      if (meets_target(header.hash(), header.target, ~Uint256{})) found = nonce;
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < threads; ++i) workers.emplace_back(search, i);
  search(0);
  for (std::thread& worker : workers) worker.join();
  if (found == kNonces) return std::nullopt;
  return static_cast<std::uint32_t>(found.load());
}

}  // namespace

Outcome grind_header(const Request& request, const Streams& streams) {
  if (request.operands.size() != 1) return Err{"Must specify block header to grind"};
  const auto raw = from_hex(request.operands[0]);
  if (!raw || raw->size() != BlockHeader::kSize) return Err{"Could not decode block header"};
  BlockHeader header = BlockHeader::decode(raw->data());
  // What is no target cannot be met: do not try four thousand million times.
  const bool has_target = work_of(header.target) != Work{};
  const auto nonce = has_target ? find_nonce(header, std::max(1u, std::thread::hardware_concurrency())) : std::nullopt;
  if (!nonce) return Err{"Could not satisfy difficulty target"};
  header.nonce = *nonce;
  streams.out << to_hex(header.encode()) << "\n";
  return 0;
}

}  // namespace kepeng::tools
