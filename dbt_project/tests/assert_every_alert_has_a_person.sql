select alerts.alert_id
from {{ ref('fct_alert') }} as alerts
left join {{ ref('int_persons__unified') }} as persons on alerts.person_key = persons.person_key
where persons.person_key is null
