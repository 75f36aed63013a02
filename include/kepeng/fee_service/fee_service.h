// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// FeeService: the fee estimator at work: it follows mempool and chain, and keeps what it learns over a restart.
//
// fee_estimates.dat is written hourly and when the service stops. A file that cannot be used is renamed to
// fee_estimates.dat.damaged with a warning, one that is more than 60 hours old is left until the next write; both times
// the estimator begins afresh. Thread-safe; the thread "fees" writes, the mempool's thread teaches.
#pragma once

#include <memory>
#include <string>

#include <kepeng/fees/estimator.h>
#include <kepeng/mempool_service/service.h>

namespace kepeng::fee_service {

struct FeeOptions {
  std::string directory;       // of fee_estimates.dat; empty: nothing is kept
  bool accepts_stale = false;  // -acceptstalefeeestimates
};

// How much of the last blocks the mempool had: whether it is to be believed.
struct Coverage {
  static constexpr std::size_t kBlocks = 6;
  std::size_t blocks = 0;  // looked at, at most kBlocks
  std::int64_t weight = 0;
  std::int64_t weight_known = 0;
};

class FeeService {
 public:
  // All outlive it; the mempool is stopped before it is.
  struct Dependencies {
    mempool_service::MempoolService& mempool;
    validation::Engine& engine;
    Logger& log;
    Clock& clock;
    Env& env;
  };
  static std::unique_ptr<FeeService> start(const Dependencies& dependencies, FeeOptions options);
  ~FeeService();
  // Writes, ends the thread. What the mempool still says afterwards is not heard.
  void stop();

  // After everything that the chain has done by now.
  fees::SmartEstimate estimate(unsigned target, fees::Mode mode) const;
  fees::RawEstimate raw_estimate(fees::Horizon horizon, unsigned target, double threshold) const;
  Coverage coverage() const;

  // So much time goes by at once (mockscheduler): what is due is done before it returns.
  void advance(std::int64_t seconds);

 private:
  class Core;
  explicit FeeService(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace kepeng::fee_service
