// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "evaluation.h"

namespace kepeng::script {

Verdict run_to_alt(Evaluation& run, Op) {
  run.alt.push(run.main.item(0));
  run.main.pop();
  return Unit{};
}

Verdict run_from_alt(Evaluation& run, Op) {
  if (run.alt.empty()) return Err{ScriptError::InvalidAltstackOperation};
  run.main.push(run.alt.item(0));
  run.alt.pop();
  return Unit{};
}

Verdict run_drop(Evaluation& run, Op op) {
  if (op == Op::Nip) run.main.roll(1);
  run.main.pop(op == Op::TwoDrop ? 2 : 1);
  return Unit{};
}

// Copies `count` items that end `distance` items below the top, in their order.
Verdict run_copy(Evaluation& run, Op op) {
  const std::size_t count = op == Op::Dup || op == Op::Over ? 1 : op == Op::ThreeDup ? 3 : 2;
  const std::size_t distance = op == Op::Over ? 1 : op == Op::TwoOver ? 2 : 0;
  for (std::size_t i = 0; i < count; ++i) run.main.pick(distance + count - 1);
  return Unit{};
}

// Brings the deepest item (or pair) of the group to the top.
Verdict run_rearrange(Evaluation& run, Op op) {
  const std::size_t depth = op == Op::Swap ? 1 : op == Op::Rot ? 2 : op == Op::TwoSwap ? 3 : 5;
  const bool pair = op == Op::TwoSwap || op == Op::TwoRot;
  run.main.roll(depth);
  if (pair) run.main.roll(depth);
  return Unit{};
}

Verdict run_if_dup(Evaluation& run, Op) {
  if (is_true(run.main.top())) run.main.pick(0);
  return Unit{};
}

Verdict run_depth(Evaluation& run, Op) {
  run.push_number(static_cast<std::int64_t>(run.main.size()));
  return Unit{};
}

Verdict run_pick_roll(Evaluation& run, Op op) {
  KP_TRY(const std::int64_t depth, run.number_at(0));
  run.main.pop();
  if (depth < 0 || depth >= static_cast<std::int64_t>(run.main.size())) return Err{ScriptError::InvalidStackOperation};
  if (op == Op::Pick) {
    run.main.pick(static_cast<std::size_t>(depth));
  } else {
    run.main.roll(static_cast<std::size_t>(depth));
  }
  return Unit{};
}

Verdict run_tuck(Evaluation& run, Op) {
  run.main.tuck(1);
  return Unit{};
}

Verdict run_size(Evaluation& run, Op) {
  run.push_number(static_cast<std::int64_t>(run.main.top().size()));
  return Unit{};
}

}  // namespace kepeng::script
