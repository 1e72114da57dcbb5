#include "answer_cache.hpp"
#include "library.hpp"
#include "quick_parse.hpp"

#include <calluna/numbers/normalizer.hpp>
#include <calluna/numbers/phone_number.hpp>

#include <charconv>

namespace calluna::numbers {
namespace {

std::string text_of(std::uint64_t digits) {
  char text[24] = {'+'};
  auto const end = std::to_chars(text + 1, text + sizeof text, digits).ptr;
  return {text, end};
}

}  // namespace

struct normalizer::impl {
  struct answer {
    std::uint64_t digits;
    number_errc refusal;  // unless there are digits
  };
  explicit impl(std::size_t cached) : answers(cached) {}
  answer_cache<answer> answers;
};

normalizer::normalizer(std::size_t cached) : impl_(std::make_unique<impl>(cached)) {}
normalizer::~normalizer() = default;
normalizer::normalizer(normalizer&&) noexcept = default;
normalizer& normalizer::operator=(normalizer&&) noexcept = default;

result<std::string> normalizer::normalize(std::string_view text, std::string_view region) {
  if (auto const n = quick_parse(text, region))
    if (auto const key = to_e164(*n)) return text_of(key->digits);
  if (auto const* known = impl_->answers.find(text, region)) {
    if (known->digits != 0) return text_of(known->digits);
    return fail(describe(known->refusal, text));
  }
  auto const number = parse(text, region);
  if (!number) {
    impl_->answers.put(text, region, {0, static_cast<number_errc>(number.error().code.value())});
    return fail(number.error());
  }
  if (auto const key = to_e164(*number)) {
    impl_->answers.put(text, region, {key->digits, {}});
    return text_of(key->digits);
  }
  return format(*number, number_format::e164);
}

}  // namespace calluna::numbers
