// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Result<T, E>: a value, or the reason why there is none. The only way in which a kepeng function fails.
//
// Spelled so that it can become std::expected: `return Err{reason};` fails, `return value;` succeeds, and a caller
// either looks (`if (!result)`) or hands the failure on:
//
//   KP_TRY(auto header, read_header(file));   // declares header, or returns the error to our caller
//   KP_TRY_VOID(flush(file));                 // for results without a value
//
// `Result<Unit, E>` succeeds without a value. Value type; asking for the side that is not there is our own mistake and
// stops the process.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include <kepeng/base/assert.h>

namespace kepeng {

struct Unit {
  friend bool operator==(Unit, Unit) = default;
};

template <class E>
struct Err {
  E reason;
};
template <class E>
Err(E) -> Err<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  template <class U = T>
  requires(std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, Result>) Result(U&& value)
      : state_{std::in_place_index<0>, std::forward<U>(value)} {}  // NOLINT(google-explicit-constructor)

  template <class F>
  requires std::is_constructible_v<E, F> Result(Err<F> error)
      : state_{std::in_place_index<1>, std::move(error.reason)} {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    KP_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    KP_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    KP_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  const E& error() const& {
    KP_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  E&& error() && {
    KP_ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) const& { return ok() ? value() : std::move(other); }

 private:
  std::variant<T, E> state_;
};

}  // namespace kepeng

#define KP_JOIN_(a, b) a##b
#define KP_JOIN(a, b) KP_JOIN_(a, b)
#define KP_TRY_AS_(name, declaration, ...)                  \
  auto name = (__VA_ARGS__);                                \
  if (!name) return ::kepeng::Err{std::move(name).error()}; \
  declaration = std::move(name).value()
#define KP_TRY(declaration, ...) KP_TRY_AS_(KP_JOIN(kp_result_, __LINE__), declaration, __VA_ARGS__)
#define KP_TRY_VOID(...)                                                \
  do {                                                                  \
    auto kp_result = (__VA_ARGS__);                                     \
    if (!kp_result) return ::kepeng::Err{std::move(kp_result).error()}; \
  } while (false)
