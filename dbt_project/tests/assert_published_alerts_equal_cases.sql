select 1 as difference
from (select coalesce(sum(alerts_count), 0) as alerts_count from {{ ref('pub_alerts_by_week_town') }}) as published
cross join (select count(*) as alerts_count from {{ ref('case_alerts') }}) as cases
where published.alerts_count <> cases.alerts_count
