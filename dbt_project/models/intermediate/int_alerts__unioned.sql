{%- set rules = ['a01', 'a05', 'a23', 'b01', 'b02', 'b18'] -%}

with final as (
    {%- for rule in rules %}
    select
        rule_id,
        person_key,
        evidence_month,
        detail,
        alert_status_code,
        severity_code,
        fired_date,
        cast(amount_yuan as decimal(14, 2)) as amount_yuan,
        evidence_json
    from {{ ref('int_alerts__' ~ rule) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
