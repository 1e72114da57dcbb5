#include "quick_parse.hpp"

#include "library.hpp"

#include <algorithm>

namespace calluna::numbers {
namespace {

// Fewer are for libphonenumber to judge; more would be too long for somebody.
constexpr std::size_t fewest_digits = 7, most_digits = 17;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "x12", "ext. 12", ";ext=12": libphonenumber leaves it out of the number as well.
bool is_extension(std::string_view text) {
  constexpr std::size_t most = 7;  // libphonenumber takes more, how many depends on the label
  for (std::string_view const label : {";ext=", "ext. ", "ext.", "ext ", "ext", "x"}) {
    if (text.substr(0, label.size()) != label) continue;
    text.remove_prefix(label.size());
    return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), is_digit);
  }
  return false;
}

/// The digits of a text without its separators.
struct digits_of_text {
  char digits[most_digits];
  std::size_t size = 0;
  bool has_plus = false;

  /// False if there is anything but "tel:" or "+" in front, digits and separators, and an extension
  /// at the end, or too many or few digits.
  bool read(std::string_view text) {
    constexpr std::string_view scheme = "tel:";
    if (text.substr(0, scheme.size()) == scheme) text.remove_prefix(scheme.size());
    if (!text.empty() && text.front() == '+') {
      has_plus = true;
      text.remove_prefix(1);
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
      char const c = text[at];
      if (is_digit(c)) {
        if (size == most_digits) return false;
        digits[size++] = c;
      } else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '.' && c != '/') {
        return size >= fewest_digits && is_extension(text.substr(at));
      }
    }
    return size >= fewest_digits;
  }
  std::string_view view() const { return {digits, size}; }
};

unsigned digit_at(std::string_view digits, std::size_t at) {
  return static_cast<unsigned>(digits[at] - '0');
}

bool starts_with(std::string_view digits, std::string_view prefix) {
  return !prefix.empty() && digits.substr(0, prefix.size()) == prefix;
}

std::optional<plain_number> significant(std::string_view digits, numbering_plan const& plan,
                                        bool international) {
  if (digits.size() < 2) return std::nullopt;
  plain_number n{&plan, 0, 0, static_cast<std::uint8_t>(digits.size()), international};
  while (n.leading_zeros + 1u < digits.size() && digits[n.leading_zeros] == '0') ++n.leading_zeros;
  for (char const c : digits) n.national = n.national * 10 + static_cast<unsigned>(c - '0');
  return n;
}

/// After "+" or an international prefix. Country codes are prefix-free and do not begin with 0.
std::optional<plain_number> international(std::string_view digits) {
  auto const& plans = numbering_plans::get();
  if (digits.empty() || digits[0] == '0') return std::nullopt;
  unsigned code = 0;
  for (std::size_t size = 1; size <= 3 && size < digits.size(); ++size) {
    code = code * 10 + digit_at(digits, size - 1);
    auto const* plan = plans.of_country_code(code);
    if (plan == nullptr) continue;
    auto const rest = digits.substr(size);
    if (plan->prefix_head.has(digit_at(rest, 0))) return std::nullopt;
    return significant(rest, *plan, true);
  }
  return std::nullopt;
}

bool is_shortened(possibility p) {
  return p == possibility::too_short || p == possibility::local_only ||
         p == possibility::invalid_length;
}

/// `digits` begin with the region's own country code, which is one if they are too many without it.
std::optional<plain_number> without_plus(std::string_view digits, numbering_plan const& plan,
                                         numbering_plan const& main) {
  auto const rest = digits.substr(plan.code_digits.size());
  if (plan.lengths[digits.size()] != possibility::too_long || rest.empty()) return std::nullopt;
  auto const first = digit_at(rest, 0);
  if (plan.prefix_head.has(first) || main.prefix_head.has(first)) return std::nullopt;
  return significant(rest, main, true);
}

/// As dialled in the plan's region.
std::optional<plain_number> national(std::string_view digits, numbering_plan const& plan) {
  auto const& main = *numbering_plans::get().of_country_code(plan.country_code);
  if (starts_with(digits, plan.code_digits)) return without_plus(digits, plan, main);
  if (!plan.prefix_head.has(digit_at(digits, 0))) return significant(digits, main, false);
  if (plan.prefix.empty()) return std::nullopt;
  if (!starts_with(digits, plan.prefix)) return significant(digits, main, false);
  if (!plan.prefix_is_certain) return std::nullopt;
  auto const rest = digits.substr(plan.prefix.size());
  if (is_shortened(plan.lengths[rest.size()])) return std::nullopt;
  return significant(rest, main, false);
}

}  // namespace

std::optional<e164> to_e164(plain_number const& n) noexcept {
  return join(n.plan->country_code, n.length, n.national);
}

std::optional<plain_number> quick_parse(std::string_view text, std::string_view region) {
  digits_of_text found;
  if (!found.read(text)) return std::nullopt;
  auto const digits = found.view();
  if (found.has_plus) return international(digits);
  auto const* plan = numbering_plans::get().of_region(region);
  if (plan == nullptr) return std::nullopt;
  if (!plan->idd_head.has(digit_at(digits, 0))) return national(digits, *plan);
  if (plan->idd.empty()) return std::nullopt;
  if (!starts_with(digits, plan->idd)) return national(digits, *plan);
  return international(digits.substr(plan->idd.size()));
}

}  // namespace calluna::numbers
