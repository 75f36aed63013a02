// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// WaitingRoom: threads for calls that wait, so that those hold none of the few that serve everybody.
//
// A thread is made for each call and goes with it; there are never more than the seats. `close` waits until the last
// call has ended: the caller sees to it that they do. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <thread>

#include <kepeng/base/guarded.h>

namespace kepeng::rpc {

class WaitingRoom {
 public:
  explicit WaitingRoom(std::size_t seats) : seat_count_{seats} {}
  ~WaitingRoom() { close(); }
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // False, and the call is not run, when every seat is taken or the system has no thread left.
  bool run(std::function<void()> call);
  void close();

 private:
  struct Seat {
    std::shared_ptr<std::atomic<bool>> is_free;
    std::thread thread;
  };

  const std::size_t seat_count_;
  Guarded<std::list<Seat>> seats_;
};

}  // namespace kepeng::rpc
