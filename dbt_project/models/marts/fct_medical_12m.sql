{{ config(materialized='view') }}

with medical as (
    select * from {{ ref('int_medical__rolled_12m') }}
),

final as (
    select
        person_key,
        last_settlement_date,
        settlements_count,
        self_pay_12m_yuan,
        medical_cost_12m_yuan,
        has_serious_illness
    from medical
)

select * from final
