#pragma once
#include <cstdint>
#include <phonenumbers/phonenumberutil.h>
#include <set>
#include <string>
#include <vector>

namespace calluna::numbers {

/// Texts that are numbers, nearly numbers and no numbers at all, of every region: its example
/// numbers of each kind in every format, and what people, switches and accidents make of them. The
/// same at each run.
class corpus {
 public:
  struct item {
    std::string text, region;
  };

  corpus() {
    std::set<std::string> regions;
    util_.GetSupportedRegions(&regions);
    regions_.assign(regions.begin(), regions.end());
    for (auto const& region : regions)
      for (auto const& each : examples(region)) add_number(each, region);
    std::set<int> codes;
    util_.GetSupportedGlobalNetworkCallingCodes(&codes);
    parsed example;
    for (int const code : codes)
      if (util_.GetExampleNumberForNonGeoEntity(code, &example)) add_number(example, "");
    add_oddities();
  }
  std::vector<item> const& items() const { return items_; }

 private:
  using util = i18n::phonenumbers::PhoneNumberUtil;
  using parsed = i18n::phonenumbers::PhoneNumber;

  unsigned random(unsigned below) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<unsigned>(state_ >> 33) % below;
  }
  template <class T>
  T const& any(std::vector<T> const& of) {
    return of[random(static_cast<unsigned>(of.size()))];
  }

  std::vector<parsed> examples(std::string const& region) const {
    std::vector<parsed> found;
    parsed one;
    for (int kind = 0; kind < util::kMaxNumberType; ++kind)
      if (util_.GetExampleNumberForType(region, static_cast<util::PhoneNumberType>(kind), &one))
        found.push_back(one);
    if (util_.GetInvalidExampleNumber(region, &one)) found.push_back(one);
    return found;
  }

  void add_number(parsed const& n, std::string const& region) {
    std::vector<std::string> forms;
    std::string text, significant;
    for (auto const style : {util::E164, util::INTERNATIONAL, util::NATIONAL, util::RFC3966}) {
      util_.Format(n, style, &text);
      forms.push_back(text);
    }
    util_.GetNationalSignificantNumber(n, &significant);
    auto const code = std::to_string(n.country_code());
    for (auto const* prefix : {"", "0", "1", "8", "00", "011", "000", "0011", "00", "+", "+0"})
      forms.push_back(prefix + significant);
    for (auto const* prefix : {"", "00", "011", "010", "810", "0011", "+", "++", "+(0)", "+00"})
      forms.push_back(prefix + code + significant);
    forms.push_back("+" + code + " (0) " + significant);
    forms.push_back("+" + code + code + significant);
    util_.GetNddPrefixForRegion(region, true, &text);
    forms.push_back(text + significant);
    forms.push_back("+" + code + text + significant);
    for (auto const& form : forms) {
      add(form, region);
      add(form, any(regions_));
      if (random(3) == 0) add(form, random(4) == 0 ? "ZZ" : "");
      add(mutated(form), random(3) != 0 ? region : any(regions_));
    }
  }

  std::string mutated(std::string text) {
    for (unsigned i = 0, n = 1 + random(2); i < n; ++i) text = mutate(std::move(text));
    return text;
  }
  std::string mutate(std::string text) {
    auto const at = text.empty() ? 0 : random(static_cast<unsigned>(text.size()));
    switch (random(12)) {
      case 0:
        return text.insert(at, any(separators_));
      case 1:
        for (auto i = text.size(); i > 1; i -= i < 4 ? 1 : 3) text.insert(i - 1, any(separators_));
        return text;
      case 2:
        return text.substr(0, at);
      case 3:
        return text + std::to_string(random(10000));
      case 4:
        return text.empty() ? text : text.erase(at, 1);
      case 5:
        return text + any(extensions_);
      case 6:
        return any(prefixes_) + text;
      case 7:
        return wide(text);
      case 8:
        for (char& c : text)
          if (c >= '0' && c <= '9') c = static_cast<char>('0' + random(10));
        return text;
      case 9:
        return text.insert(at, any(garbage_));
      case 10:
        if (!text.empty()) text[at] = static_cast<char>('0' + random(10));
        return text;
      default:
        if (text.size() > 5) text.replace(text.size() - 5, 5, any(words_));
        return text;
    }
  }
  /// In full-width characters.
  static std::string wide(std::string const& text) {
    std::string out;
    for (char const c : text) {
      if (c >= '0' && c <= '9')
        out += std::string("\xef\xbc") + static_cast<char>(0x90 + (c - '0'));
      else if (c == '+')
        out += "\xef\xbc\x8b";
      else
        out += c;
    }
    return out;
  }

  void add_oddities() {
    for (auto const* text : {"",
                             " ",
                             "s",
                             "+",
                             "++",
                             "00",
                             "000",
                             "0",
                             "anonymous",
                             "unknown",
                             "restricted",
                             "private",
                             "unavailable",
                             "<unknown>",
                             "Anonymous",
                             "101",
                             "1001",
                             "110",
                             "112",
                             "911",
                             "0",
                             "*43",
                             "*72#",
                             "#31#+49305550000",
                             "1-800-FLOWERS",
                             "+1-800-FLOWERS",
                             "1800MICROSOFT",
                             "tel:",
                             "+49",
                             "tel:101;phone-context=+49305550",
                             "tel:101;phone-context=example.com",
                             "tel:+49305550000;ext=101",
                             "tel:+49305550000;isub=12",
                             "+49 (30) 555-0000 x101",
                             "+49305550000#101",
                             "12345678901234567",
                             "+4912345678901234567",
                             "123456789012345678901234567890",
                             "0.0.0.0",
                             "192.168.100.20",
                             "2026-11-21",
                             "12:30",
                             "\xff\xfe",
                             "+49\xff"
                             "305550000",
                             "\xd9\xa0\xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4\xd9\xa5\xd9\xa6"})
      for (auto const& region : regions_) add(text, region);
    add(std::string("+4930\0"
                    "5550000",
                    13),
        "DE");
    add(std::string(200, '1'), "US");
  }

  void add(std::string text, std::string region) {
    items_.push_back({std::move(text), std::move(region)});
  }

  util const& util_ = *util::GetInstance();
  std::uint64_t state_ = 20261121;
  std::vector<std::string> regions_;
  std::vector<item> items_;
  std::vector<std::string> const separators_ = {" ",  "-",   "(",  ")", ".",        "/",
                                                "  ", " - ", ") ", "~", "\xc2\xa0", "\xe2\x80\x91",
                                                "[",  "]",   "x"};
  std::vector<std::string> const extensions_ = {
      "x101", " ext. 12", ";ext=7", "#5",   " extn 1234567", ",12",      ",,9#",   " - 101#",
      "p101", ";isub=1",  " x",     " x12", "ext7",          "x1234567", " ext.3", "x12345678"};
  std::vector<std::string> const prefixes_ = {
      "0", "00", "011", "+", "1", "tel:", "Tel. ", "(0)", "+49", "*31#", "sip:", "\"A 1\" <", "9,"};
  std::vector<std::string> const garbage_ = {"a",    "ABC", "*",  "#", ";",  "@",  "\xe2\x82\xac",
                                             "\xff", "\n",  "\t", "+", "x2", "<>", "w"};
  std::vector<std::string> const words_ = {"TAXIS", "flowe", "CALLX", "00000", "99999"};
};

}  // namespace calluna::numbers
