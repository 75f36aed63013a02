// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/net/resolver.h>

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <kepeng/base/log.h>

namespace kepeng::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kNameBytesMax = 255;

}  // namespace

std::vector<std::string> Resolver::ask_system(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return {};
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    char text[NI_MAXHOST];
    const int failed = ::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    if (failed == 0) addresses.emplace_back(text);
  }
  ::freeaddrinfo(found);
  return addresses;
}

// Shared with the threads that look up, which may outlive the resolver.
struct Resolver::State : std::enable_shared_from_this<Resolver::State> {
  struct Question {
    std::string name;
    OnAnswer on_answer;
    SteadyClock::time_point give_up;
    bool is_running = false;
    std::optional<std::vector<std::string>> addresses;
  };

  State(LookUp ask_whom, const Limits& most) : ask{std::move(ask_whom)}, limits{most} {}

  struct Decided {
    OnAnswer on_answer;
    std::vector<std::string> addresses;
  };

  void run();
  // Both with the lock held.
  void start_waiting();
  std::optional<Decided> take_decided();

  const LookUp ask;
  const Limits limits;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_ending = false;
  std::size_t threads = 0;  // that look up, those that were left behind included
  std::list<std::shared_ptr<Question>> questions;
  std::thread thread;
};

// Delivers what was found and gives up on what takes too long.
void Resolver::State::run() {
  set_thread_name("names");
  std::unique_lock hold{mutex};
  while (!is_ending) {
    start_waiting();
    if (auto decided = take_decided()) {
      hold.unlock();
      decided->on_answer(std::move(decided->addresses));
      decided.reset();  // what it owned goes outside the lock
      hold.lock();
    } else if (questions.empty()) {
      changed.wait(hold);
    } else {
      changed.wait_until(hold, questions.front()->give_up);
    }
  }
}

// As many as may run.
void Resolver::State::start_waiting() {
  for (const auto& question : questions) {
    if (threads >= limits.running_max) return;
    if (question->is_running) continue;
    question->is_running = true;
    ++threads;
    try {
      std::thread{[self = shared_from_this(), question] {
        set_thread_name("name");
        auto addresses = self->ask(question->name);
        std::scoped_lock hold{self->mutex};
        --self->threads;
        question->addresses = std::move(addresses);
        self->changed.notify_one();
      }}.detach();
    } catch (const std::system_error&) {  // no thread to be had: as if there were no such name
      --threads;
      question->addresses.emplace();
    }
  }
}

// Questions give up in the order in which they came. The thread of one that was given up still writes to the question,
// which nobody reads any more.
std::optional<Resolver::State::Decided> Resolver::State::take_decided() {
  const auto now = SteadyClock::now();
  const auto found = std::find_if(questions.begin(), questions.end(), [&](const auto& question) {
    return question->addresses.has_value() || question->give_up <= now;
  });
  if (found == questions.end()) return std::nullopt;
  const auto question = *found;
  questions.erase(found);
  Decided decided{std::move(question->on_answer), {}};
  if (question->addresses) decided.addresses = std::move(*question->addresses);
  if (decided.addresses.size() > limits.answers_max) decided.addresses.resize(limits.answers_max);
  return decided;
}

Resolver::Resolver(LookUp look_up, const Limits& limits) : state_{std::make_shared<State>(std::move(look_up), limits)} {
  state_->thread = std::thread{[state = state_.get()] { state->run(); }};
}

Resolver::~Resolver() {
  {
    std::scoped_lock hold{state_->mutex};
    state_->is_ending = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
  // What the questions own goes here and now: the look-ups that are left behind must not be the last to hold it.
  std::vector<OnAnswer> unanswered;
  std::scoped_lock hold{state_->mutex};
  for (const auto& question : state_->questions) unanswered.push_back(std::exchange(question->on_answer, nullptr));
  state_->questions.clear();
}

bool Resolver::look_up(std::string name, OnAnswer on_answer) {
  auto question = std::make_shared<State::Question>();
  question->on_answer = std::move(on_answer);
  question->give_up = SteadyClock::now() + std::chrono::milliseconds{state_->limits.timeout_ms};
  // A name with a zero in it would be looked up as another one.
  if (name.empty() || name.size() > kNameBytesMax || name.find('\0') != std::string::npos) {
    question->is_running = true;
    question->addresses.emplace();
  }
  question->name = std::move(name);
  {
    std::scoped_lock hold{state_->mutex};
    if (state_->questions.size() >= state_->limits.waiting_max) return false;
    state_->questions.push_back(std::move(question));
  }
  state_->changed.notify_one();
  return true;
}

}  // namespace kepeng::net
