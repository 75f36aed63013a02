// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/crypto/ripemd160.h>
#include <kepeng/crypto/sha1.h>
#include <kepeng/crypto/sha256.h>

#include "evaluation.h"

namespace kepeng::script {
namespace {

// Operands have at most 4 bytes, so nothing here can leave 64 bits.
std::int64_t apply_unary(Op op, std::int64_t a) {
  switch (op) {
    case Op::OneAdd:
      return a + 1;
    case Op::OneSub:
      return a - 1;
    case Op::Negate:
      return -a;
    case Op::Abs:
      return a < 0 ? -a : a;
    case Op::Not:
      return a == 0 ? 1 : 0;
    default:
      return a != 0 ? 1 : 0;  // OP_0NOTEQUAL
  }
}

std::int64_t apply_binary(Op op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case Op::Add:
      return a + b;
    case Op::Sub:
      return a - b;
    case Op::BoolAnd:
      return a != 0 && b != 0 ? 1 : 0;
    case Op::BoolOr:
      return a != 0 || b != 0 ? 1 : 0;
    case Op::NumNotEqual:
      return a != b ? 1 : 0;
    case Op::LessThan:
      return a < b ? 1 : 0;
    case Op::GreaterThan:
      return a > b ? 1 : 0;
    case Op::LessThanOrEqual:
      return a <= b ? 1 : 0;
    case Op::GreaterThanOrEqual:
      return a >= b ? 1 : 0;
    case Op::Min:
      return a < b ? a : b;
    case Op::Max:
      return a > b ? a : b;
    default:
      return a == b ? 1 : 0;  // OP_NUMEQUAL, OP_NUMEQUALVERIFY
  }
}

// Takes two operands off the stack and gives the result.
Result<std::int64_t, ScriptError> take_binary(Evaluation& run, Op op) {
  KP_TRY(const std::int64_t a, run.number_at(1));
  KP_TRY(const std::int64_t b, run.number_at(0));
  run.main.pop(2);
  return apply_binary(op, a, b);
}

}  // namespace

Verdict run_small_integer(Evaluation& run, Op op) {
  run.push_number(op == Op::OneNegate ? -1 : small_integer(op));
  return Unit{};
}

Verdict run_equal(Evaluation& run, Op op) {
  const bool same = equal(run.main.at(0), run.main.at(1));
  if (op == Op::EqualVerify && !same) return Err{ScriptError::EqualVerify};
  run.main.pop(2);
  if (op == Op::Equal) run.push_bool(same);
  return Unit{};
}

Verdict run_unary(Evaluation& run, Op op) {
  KP_TRY(const std::int64_t a, run.number_at(0));
  run.main.pop();
  run.push_number(apply_unary(op, a));
  return Unit{};
}

Verdict run_binary(Evaluation& run, Op op) {
  KP_TRY(const std::int64_t result, take_binary(run, op));
  run.push_number(result);
  return Unit{};
}

Verdict run_num_equal_verify(Evaluation& run, Op op) {
  KP_TRY(const std::int64_t same, take_binary(run, op));
  if (same == 0) return Err{ScriptError::NumEqualVerify};
  return Unit{};
}

Verdict run_within(Evaluation& run, Op) {
  KP_TRY(const std::int64_t x, run.number_at(2));
  KP_TRY(const std::int64_t low, run.number_at(1));
  KP_TRY(const std::int64_t high, run.number_at(0));
  run.main.pop(3);
  run.push_bool(low <= x && x < high);
  return Unit{};
}

Verdict run_hash(Evaluation& run, Op op) {
  const auto replace_top = [&run](const auto& hash) {
    run.main.pop();
    run.main.push(StackItem::computed(hash));
    return Unit{};
  };
  const ByteView item = run.main.top();
  switch (op) {
    case Op::Ripemd160:
      return replace_top(crypto::ripemd160(item));
    case Op::Sha1:
      return replace_top(crypto::sha1(item));
    case Op::Sha256:
      return replace_top(crypto::sha256(item));
    case Op::Hash160:
      return replace_top(crypto::hash160(item));
    default:
      return replace_top(crypto::sha256d(item));  // OP_HASH256
  }
}

}  // namespace kepeng::script
