// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// World: the time, the chance and the record of one simulation. Everything that happens is an event at a virtual
// millisecond; events of the same millisecond happen in the order in which they were made. What is worth knowing goes
// into the journal, whose hash says whether two runs were the same. The first failure ends the run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <kepeng/base/random.h>
#include <kepeng/base/time.h>
#include <kepeng/crypto/sha256.h>

namespace kepeng::simulation {

class World {
 public:
  World(std::uint64_t seed, UnixTime begin);

  std::int64_t now_ms() const { return now_ms_; }
  // What a clock shows that is right.
  UnixTime true_time() const { return begin_ + now_ms_ / 1'000; }

  void after(std::int64_t milliseconds, std::function<void()> event);
  // Again and again, with this interval on average; the first time after about one. Ends when `calm_down` is called.
  void every(std::int64_t mean_ms, std::function<void()> event);
  void calm_down() { is_calm_ = true; }
  bool is_calm() const { return is_calm_; }
  // False when something has failed.
  bool run_for(std::int64_t milliseconds);

  Prng& chance() { return chance_; }
  bool happens(double probability) { return chance_.unit() < probability; }
  std::int64_t between(std::int64_t low, std::int64_t high);

  void note(const std::string& line);
  void fail(const std::string& why);
  const std::optional<std::string>& failure() const { return failure_; }
  // Of everything that was noted.
  std::string journal_hash() const;
  // The end of the journal, for the one who has to understand a failure.
  std::string last_lines() const;

 private:
  Prng chance_;
  UnixTime begin_;
  std::int64_t now_ms_ = 0;
  bool is_calm_ = false;
  std::uint64_t made_ = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>> events_;
  crypto::Sha256 journal_;
  std::deque<std::string> tail_;
  std::optional<std::string> failure_;
};

}  // namespace kepeng::simulation
