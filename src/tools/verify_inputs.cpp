// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <istream>
#include <ostream>

#include <kepeng/base/hex.h>
#include <kepeng/json/reader.h>
#include <kepeng/script/interpreter.h>

#include "commands.h"

namespace kepeng::tools {
namespace {

struct KnownOutput {
  Amount value;
  Bytes script;
};

// One line of input.
struct Question {
  TxPtr tx;
  std::vector<std::optional<KnownOutput>> prevouts;
  std::uint32_t input = 0;
  script::Flags flags;
  std::optional<Bytes> script_sig;
  std::optional<std::vector<Bytes>> witness;
};

template <class T>
using Read = Result<T, std::string>;

Read<Bytes> read_hex(const json::Value* value, const char* name) {
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  auto bytes = text == nullptr ? std::nullopt : from_hex(*text);
  if (!bytes) return Err{std::string{name} + " must be hex"};
  return std::move(*bytes);
}

Read<TxPtr> read_transaction(const json::Value* value) {
  KP_TRY(const Bytes raw, read_hex(value, "tx"));
  auto tx = parse_transaction(raw);
  // A transaction without inputs or with an odd first byte may make sense only in the plain form.
  if (!tx) tx = parse_transaction(raw, WitnessForm::Forbidden);
  if (!tx) return Err{std::string{"tx cannot be decoded: "} + to_string(tx.error())};
  return std::move(tx).value();
}

Read<std::optional<KnownOutput>> read_prevout(const json::Value& value) {
  if (value.is_null()) return std::optional<KnownOutput>{};
  const json::Value* amount = value.find("value");
  const auto sats = amount == nullptr ? std::nullopt : amount->as_int64();
  if (!sats) return Err{std::string{"a prevout must be null or have value (satoshi) and script"}};
  KP_TRY(Bytes script, read_hex(value.find("script"), "script"));
  return std::optional{KnownOutput{Amount{*sats}, std::move(script)}};
}

Read<script::Flags> read_flags(const json::Value* value) {
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  if (text == nullptr) return Err{std::string{"flags must be a string"}};
  script::Flags flags;
  std::size_t at = 0;
  while (at <= text->size()) {
    const std::size_t comma = std::min(text->find(',', at), text->size());
    const std::string_view name = std::string_view{*text}.substr(at, comma - at);
    at = comma + 1;
    if (name == "CONSENSUS") {
      flags = flags.with(script::kConsensusFlags);
    } else if (name == "STANDARD") {
      flags = flags.with(script::Flags::all());
    } else {
      const auto parsed = script::parse_flags(name);
      if (!parsed) return Err{"unknown flag " + std::string{name}};
      flags = flags.with(*parsed);
    }
  }
  return flags;
}

Read<Question> read_question(const std::string& line) {
  const auto json = json::parse(line);
  if (!json) return Err{"no JSON: " + json.error().message};
  Question question;
  KP_TRY(question.tx, read_transaction(json->find("tx")));
  KP_TRY(question.flags, read_flags(json->find("flags")));
  const json::Value* input = json->find("input");
  const auto index = input == nullptr ? std::nullopt : input->as_uint64();
  if (!index || *index >= question.tx->inputs.size()) return Err{std::string{"tx has no such input"}};
  question.input = static_cast<std::uint32_t>(*index);
  const json::Value* prevouts = json->find("prevouts");
  if (prevouts == nullptr || prevouts->size() != question.tx->inputs.size()) {
    return Err{std::string{"prevouts must list one entry for each input"}};
  }
  for (const json::Value& item : prevouts->items()) {
    KP_TRY(auto prevout, read_prevout(item));
    question.prevouts.push_back(std::move(prevout));
  }
  if (!question.prevouts[question.input]) return Err{std::string{"the prevout of the input is not known"}};
  if (const json::Value* script_sig = json->find("scriptsig")) {
    KP_TRY(question.script_sig, read_hex(script_sig, "scriptsig"));
  }
  if (const json::Value* witness = json->find("witness")) {
    question.witness.emplace();
    for (const json::Value& item : witness->items()) {
      KP_TRY(Bytes bytes, read_hex(&item, "a witness item"));
      question.witness->push_back(std::move(bytes));
    }
  }
  return question;
}

script::Verdict judge(const Question& question, script::Interpreter& interpreter) {
  const TxIn& input = question.tx->inputs[question.input];
  std::vector<TxOut> spent;
  for (const auto& prevout : question.prevouts) {
    if (prevout) spent.push_back({prevout->value, prevout->script});
  }
  if (spent.size() != question.prevouts.size()) spent.clear();
  std::vector<ByteView> witness(input.witness.begin(), input.witness.end());
  if (question.witness) witness.assign(question.witness->begin(), question.witness->end());
  const KnownOutput& own = *question.prevouts[question.input];
  return interpreter.verify(
      script::ScriptSpend{.tx = *question.tx,
                          .input = question.input,
                          .script_sig = question.script_sig ? ByteView{*question.script_sig} : input.script_sig,
                          .script_pubkey = own.script,
                          .witness = witness,
                          .amount = own.value,
                          .spent = spent},
      question.flags);
}

}  // namespace

// Every line gets its answer at once, so that another program can talk to this one.
Outcome verify_inputs(const Request& request, const Streams& streams) {
  if (!request.operands.empty()) return Err{"verifyinput does not take arguments"};
  script::Interpreter interpreter;
  int status = 0;
  for (std::string line; std::getline(streams.in, line);) {
    if (line.empty()) continue;
    const auto question = read_question(line);
    if (!question) {
      streams.out << "ERROR: " << question.error() << std::endl;
      status = 1;
      continue;
    }
    const script::Verdict verdict = judge(*question, interpreter);
    streams.out << (verdict ? "OK" : script::vector_name(verdict.error())) << std::endl;
  }
  return status;
}

}  // namespace kepeng::tools
