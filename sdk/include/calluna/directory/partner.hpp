#pragma once
#include <string>
#include <vector>

namespace calluna::directory {

/// Somebody the business knows: a person or a company. A plain value, as sources of partners give
/// it and as the directory keeps it.
struct partner {
  /// Unique in its directory; the business system's own key ("17").
  std::string id;
  std::string name;
  /// The partner that is this person's company (`id`), and its name; empty without one. A company
  /// itself has no company_id.
  std::string company_id;
  std::string company;
  bool is_company = false;
  std::vector<std::string> tags;
  /// As they were written; `region` says how to read those without a country code.
  std::vector<std::string> numbers;
  /// Two capital letters (ISO 3166), or empty: the directory's own.
  std::string region;
  /// The key of the business user who looks after this partner, or empty (see user_registry).
  std::string salesperson;
  /// That user's endpoints ("PJSIP/101") where the source itself names them; otherwise empty.
  std::vector<std::string> salesperson_endpoints;
  /// Where the business system shows this partner.
  std::string url;
  /// As the business system writes it ("de_DE").
  std::string lang;

  friend bool operator==(partner const&, partner const&) = default;
};

}  // namespace calluna::directory
