#include "answer_cache.hpp"
#include "library.hpp"
#include "quick_parse.hpp"

#include <calluna/numbers/reader.hpp>

#include <algorithm>
#include <cctype>

namespace calluna::numbers {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// Whether `text` begins with `scheme` (lower case), in either case.
bool has_scheme(std::string_view text, std::string_view scheme) {
  return text.size() >= scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

/// The part of a caller's address that may be a number: the user of a SIP address.
std::string_view number_part(std::string_view text) {
  text = trimmed(text);
  if (has_scheme(text, "tel:")) return text;
  bool const is_sip = has_scheme(text, "sip:") || has_scheme(text, "sips:");
  if (is_sip) text.remove_prefix(text.find(':') + 1);
  auto const at = text.find('@');
  if (at == std::string_view::npos) return is_sip ? std::string_view{} : text;
  text = text.substr(0, at);
  return text.substr(0, text.find_first_of(";:"));
}

/// "agent101" and "sip_4930": digits at the end of a word are part of a name.
bool is_name(std::string_view text) {
  auto const first =
      std::find_if(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '+'; });
  return first != text.begin() && first != text.end() && is_word(*(first - 1));
}

/// An extension or a short code rather than a number: too few digits, and nothing says that they
/// are the whole of one.
bool is_short(std::string_view text, std::string_view region, std::size_t length) {
  auto const* plan = numbering_plans::get().of_region(region);
  if (plan == nullptr || length >= plan->shortest_dialled) return false;
  constexpr std::size_t longest_short_code = 4;
  auto const first = std::find_if(text.begin(), text.end(), is_digit);
  auto const rest = text.substr(static_cast<std::size_t>(first - text.begin()));
  bool const has_prefix =
      !plan->prefix.empty() && rest.substr(0, plan->prefix.size()) == plan->prefix;
  return !has_prefix || length <= longest_short_code;
}

std::optional<e164> key_of(plain_number const& n) {
  if (n.plan->lengths[n.length] != possibility::possible) return std::nullopt;
  return to_e164(n);
}

std::optional<e164> ask_library(std::string_view text, std::string_view region) {
  if (text.size() > longest_text) return std::nullopt;
  lpn::PhoneNumber found;
  if (library().ParseAndKeepRawInput(std::string(text), std::string(region), &found) !=
      lpn::PhoneNumberUtil::NO_PARSING_ERROR)
    return std::nullopt;
  auto const number = from_library(found);
  if (possibility_of(number) != possibility::possible) return std::nullopt;
  if (found.country_code_source() == lpn::PhoneNumber::FROM_DEFAULT_COUNTRY &&
      is_short(text, region, national_length(number)))
    return std::nullopt;
  return to_e164(number);
}

}  // namespace

struct reader::impl {
  struct answer {
    std::uint64_t digits;  // 0: none
  };
  explicit impl(std::size_t cached) : answers(cached) {}
  answer_cache<answer> answers;
  counters count;
};

reader::reader(std::size_t cached) : impl_(std::make_unique<impl>(cached)) {}
reader::~reader() = default;
reader::reader(reader&&) noexcept = default;
reader& reader::operator=(reader&&) noexcept = default;
reader::counters reader::count() const noexcept {
  return impl_->count;
}

std::optional<e164> reader::read(std::string_view text, std::string_view region) {
  // Most texts are a number and nothing else.
  auto n = quick_parse(text, region);
  if (!n) {
    text = number_part(text);
    if (text.empty()) return std::nullopt;
    n = quick_parse(text, region);
  }
  if (n) {
    ++impl_->count.quick;
    if (!n->is_international && is_short(text, region, n->length)) return std::nullopt;
    return key_of(*n);
  }
  if (auto const* known = impl_->answers.find(text, region)) {
    ++impl_->count.hits;
    if (known->digits == 0) return std::nullopt;
    return e164{known->digits};
  }
  ++impl_->count.misses;
  auto const key = is_name(text) ? std::nullopt : ask_library(text, region);
  impl_->answers.put(text, region, {key ? key->digits : 0});
  return key;
}

}  // namespace calluna::numbers
