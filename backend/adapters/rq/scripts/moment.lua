-- A time as RQ writes it, from whole seconds since 1970 and the microseconds of the last one.
local function moment(seconds, micros)
  local second_of_day = seconds % 86400
  -- Years begin with March here, so that the odd day is the last one of its year; an era has 400 of them.
  local day = math.floor(seconds / 86400) + 719468
  local era = math.floor(day / 146097)
  local of_era = day - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local since_march = math.floor((5 * of_year + 2) / 153)
  local month = since_march < 10 and since_march + 3 or since_march - 9
  return string.format(
    '%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', year + era * 400 + (month <= 2 and 1 or 0), month,
    of_year - math.floor((153 * since_march + 2) / 5) + 1, math.floor(second_of_day / 3600), math.floor(second_of_day / 60) % 60,
    second_of_day % 60, micros
  )
end
