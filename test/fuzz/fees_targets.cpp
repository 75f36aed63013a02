// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/fees/estimates_file.h>

#include "fuzz.h"

namespace kepeng::fuzz {
namespace {

Seeds fee_estimates_seeds() {
  fees::Estimator estimator;
  const Bytes empty = fees::write_estimates(estimator.keep());
  estimator.add_block(10, {});
  std::vector<fees::Estimator::Mined> mined;
  for (std::uint64_t i = 0; i < 40; ++i) {
    Txid txid;
    store_le(txid.bytes.data(), i);
    estimator.add(txid, {10, 150.0 * static_cast<double>(i)});
    if (i % 3 != 0) mined.push_back({txid, true});
  }
  estimator.add_block(11, mined);
  estimator.give_up_waiting();
  return {empty, fees::write_estimates(estimator.keep()), Bytes(empty.begin(), empty.begin() + 2'000)};
}

// What is read is written the same, and an estimator that goes on from it gives rates that there can be.
FUZZ_TARGET(fee_estimates, fee_estimates_seeds) {
  auto read = fees::read_estimates(input);
  if (!read) {
    KP_ASSERT(!read.error().empty());
    return;
  }
  const Bytes written = fees::write_estimates(*read);
  KP_ASSERT(written.size() <= input.size());
  KP_ASSERT(fees::read_estimates(written).ok());
  fees::Estimator estimator;
  estimator.restore(std::move(*read));
  for (const unsigned target : {2u, 25u}) {
    for (const fees::Mode mode : {fees::Mode::Economical, fees::Mode::Conservative}) {
      const auto answer = estimator.estimate(target, mode);
      KP_ASSERT(!answer.rate || (*answer.rate >= 0 && *answer.rate < 1e19));
      KP_ASSERT(answer.target <= fees::kTargetMax);
    }
  }
}

}  // namespace
}  // namespace kepeng::fuzz
