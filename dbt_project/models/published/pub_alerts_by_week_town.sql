with alerts as (
    select * from {{ ref('fct_alert') }}
),

final as (
    select
        fired_week_end_date,
        town_code,
        rule_id,
        direction_code as direction,
        severity_code as severity,
        alert_status_code as status,
        is_overdue,
        cast(count(*) as integer) as alerts_count,
        cast(sum(coalesce(amount_yuan, 0)) as decimal(14, 2)) as amount_yuan
    from alerts
    group by fired_week_end_date, town_code, rule_id, direction_code, severity_code, alert_status_code, is_overdue
)

select * from final
