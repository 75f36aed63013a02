// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "world.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include <kepeng/primitives/hash.h>

namespace kepeng::simulation {
namespace {

constexpr std::size_t kLinesKept = 60;

}  // namespace

World::World(std::uint64_t seed, UnixTime begin) : chance_{seed}, begin_{begin} {}

void World::after(std::int64_t milliseconds, std::function<void()> event) {
  events_.emplace(std::pair{now_ms_ + milliseconds, ++made_}, std::move(event));
}

void World::every(std::int64_t mean_ms, std::function<void()> event) {
  after(between(mean_ms / 4, mean_ms * 7 / 4), [this, mean_ms, event = std::move(event)] {
    if (is_calm_) return;
    event();
    every(mean_ms, event);
  });
}

bool World::run_for(std::int64_t milliseconds) {
  const std::int64_t until = now_ms_ + milliseconds;
  while (!failure_ && !events_.empty() && events_.begin()->first.first <= until) {
    auto next = events_.extract(events_.begin());
    now_ms_ = next.key().first;
    next.mapped()();
  }
  now_ms_ = until;
  return !failure_;
}

std::int64_t World::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(high - low + 1)));
}

void World::note(const std::string& line) {
  std::string stamped = fmt::format("{:>8}.{:03} {}\n", now_ms_ / 1'000, now_ms_ % 1'000, line);
  journal_.write(as_bytes(stamped));
  if (std::getenv("KEPENG_SIM_LOG") != nullptr) std::fputs(stamped.c_str(), stderr);
  tail_.push_back(std::move(stamped));
  if (tail_.size() > kLinesKept) tail_.pop_front();
}

void World::fail(const std::string& why) {
  if (failure_) return;
  note("FAILED: " + why);
  failure_ = why;
}

std::string World::journal_hash() const {
  return display_hash(crypto::Sha256{journal_}.finalize());
}

std::string World::last_lines() const {
  std::string lines;
  for (const std::string& line : tail_) lines += line;
  return lines;
}

}  // namespace kepeng::simulation
