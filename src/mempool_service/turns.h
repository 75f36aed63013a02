// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Turns: what peers have handed in and nobody has judged yet. Private to mempool_service.
//
// Each peer has a line of its own and the lines take turns, so that who sends much, or what takes long to refuse, keeps
// only itself waiting (reliability P-33). Not thread-safe; those who hand in bound what waits.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <kepeng/mempool_service/service.h>

namespace kepeng::mempool_service {

class Turns {
 public:
  struct Waiting {
    std::vector<TxPtr> txs;  // one, or a package
    MempoolService::OnJudged on_judged;
    std::uint64_t from = 0;
  };

  void add(Waiting one) {
    lines_[one.from].push_back(std::move(one));
    ++count_;
  }
  // The one that must come again goes in front of its line.
  void put_back(Waiting one) {
    lines_[one.from].push_front(std::move(one));
    ++count_;
  }
  bool is_empty() const { return count_ == 0; }

  // Whose turn it is: the first of the line behind the one that was served last.
  const Waiting* next() const {
    const auto line = line_of_next();
    return line == lines_.end() ? nullptr : &line->second.front();
  }
  Waiting take() {
    const auto line = line_of_next();
    Waiting one = std::move(line->second.front());
    line->second.pop_front();
    served_ = line->first;
    if (line->second.empty()) lines_.erase(line);
    --count_;
    return one;
  }

 private:
  using Lines = std::map<std::uint64_t, std::deque<Waiting>>;

  Lines::const_iterator line_of_next() const {
    const auto behind = lines_.upper_bound(served_);
    return behind == lines_.end() ? lines_.begin() : behind;
  }
  Lines::iterator line_of_next() {
    const auto behind = lines_.upper_bound(served_);
    return behind == lines_.end() ? lines_.begin() : behind;
  }

  Lines lines_;  // none is empty
  std::uint64_t served_ = 0;
  std::size_t count_ = 0;
};

}  // namespace kepeng::mempool_service
