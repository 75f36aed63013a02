// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Which transactions of the mempool a block should hold: chunks, those that pay most first, as long as they fit.
//
// The pool keeps its chunks in that order already, so this is a walk. Pure function.
#pragma once

#include <vector>

#include <kepeng/mempool/pool.h>
#include <kepeng/policy/fee_rate.h>

namespace kepeng::mining {

struct TemplateLimits {
  std::int64_t weight_max = 4'000'000;   // -blockmaxweight
  std::int64_t reserved_weight = 8'000;  // -blockreservedweight: header, counts, coinbase
  std::uint64_t reserved_sigops = 400;   // of the coinbase
  policy::FeeRate least{1};              // -blockmintxfee
};

struct Choice {
  struct Chosen {
    PackedTxPtr tx;
    Amount fee;
    std::uint64_t sigops_cost = 0;
  };
  std::vector<Chosen> transactions;  // nobody before what it spends
  Amount fees{};
  std::int64_t weight = 0;  // with what was reserved
};
Choice choose_transactions(const mempool::Pool& pool, const TemplateLimits& limits);

}  // namespace kepeng::mining
