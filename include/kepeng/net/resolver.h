// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Resolver: looks up the addresses of names without making anybody wait.
//
// The system's look-up may stand still for as long as it likes: each has a thread of its own, which is left behind when
// its time is up or when the resolver ends, so neither start nor shutdown waits for it. Bounded: look-ups at once,
// names that wait, time, addresses of one answer. Every name that is taken is answered exactly once, in the resolver's
// thread, unless the resolver ends before. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kepeng::net {

class Resolver {
 public:
  // Blocks; gives IP addresses as text. May still run when the resolver is gone.
  using LookUp = std::function<std::vector<std::string>(const std::string& name)>;
  struct Limits {
    std::size_t answers_max = 256;
    std::size_t running_max = 8;
    std::size_t waiting_max = 256;
    std::int64_t timeout_ms = 30'000;
  };
  // That of the system (getaddrinfo).
  static std::vector<std::string> ask_system(const std::string& name);

  Resolver() : Resolver{ask_system, Limits{}} {}
  Resolver(LookUp look_up, const Limits& limits);
  // Lets go of what has no answer yet.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // No addresses: there is no such name, or it took too long.
  using OnAnswer = std::function<void(std::vector<std::string> addresses)>;
  // False, and no answer, when too many names wait already.
  bool look_up(std::string name, OnAnswer on_answer);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kepeng::net
