// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SerialWorker: one thread that runs jobs in the order in which they were posted.
//
// The destructor waits until everything that was posted has run. Thread-safe; a job may post.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace kepeng {

class SerialWorker {
 public:
  // `name` shows in debuggers and `top`; the system cuts it at 15 characters.
  explicit SerialWorker(const std::string& name);
  ~SerialWorker();
  SerialWorker(const SerialWorker&) = delete;
  SerialWorker& operator=(const SerialWorker&) = delete;

  void post(std::function<void()> job);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kepeng
