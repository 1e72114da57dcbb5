#pragma once
#include <calluna/directory/record.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace calluna::directory {

/// What to do when several partners have the number of a caller.
enum class consolidation {
  parent,  ///< those of one company stand for the company, or for the only person of it among them
  first,   ///< the one with the lowest id
  none,    ///< never choose
};

/// "parent", "first", "none"; nothing for any other word.
std::optional<consolidation> consolidation_of(std::string_view word) noexcept;

/// Who a caller is: a partner, or nobody, or one of several that only somebody else can tell apart.
struct resolution {
  record partner;                  ///< without bytes if nobody or ambiguous
  std::vector<record> candidates;  ///< all that have the number; in the order of their ids
  bool ambiguous() const noexcept { return partner.bytes().empty() && candidates.size() > 1; }
};

/// Chooses among the partners that have a number.
///
/// A company and the people of it are one family; somebody without a company is a family alone. By
/// `parent`:
/// - one match is the answer;
/// - one person of a family, with or without the company itself, is the answer;
/// - several people of one family stand for the company, if it is in the directory; if it is not,
///   for nobody in particular: ambiguous;
/// - several families: ambiguous, with all as candidates. Never silently nobody.
///
/// Lower ids: as numbers if they are numbers, before all others, which go by their text.
resolution resolve(std::vector<record> candidates, consolidation policy, record const& company);

/// The id of the company that `resolve` may want to know of: that of the candidates, if they have
/// only one and it is not among them; else "".
std::string_view company_wanted(std::vector<record> const& candidates);

}  // namespace calluna::directory
