#pragma once

#include <memory>

#include "numbers/number_plan.h"

namespace apmcp::numbers {

/// Google's libphonenumber behind NumberPlan. Cheap to make: the metadata is loaded by the first number that needs it,
/// and a plain emergency number needs none.
std::unique_ptr<NumberPlan> make_libphonenumber_plan();

}  // namespace apmcp::numbers
